//! The page for Rust programs shows code that is compiled: examples, and a program that links the libraries.

const PAGE: &str = include_str!("../../docs/library.md");
const EXAMPLE: &str = include_str!("../../ocx-cli/examples/library.rs");

/// Where its other code is from.
const PROGRAMS: [&str; 2] = [
    include_str!("../../ocx-cli/examples/agreement.rs"),
    include_str!("../../tests/embedding/src/main.rs"),
];

fn blocks() -> Vec<&'static str> {
    PAGE.split("```rust\n")
        .skip(1)
        .map(|rest| rest.split_once("```\n").expect("the code ends").0)
        .collect()
}

fn trimmed(code: &str) -> Vec<&str> {
    code.lines().map(str::trim).collect()
}

#[test]
fn its_program_is_the_whole_example() {
    let comment = |line: &&str| line.starts_with("//!");
    let lines = EXAMPLE.lines().skip_while(comment).skip(1);
    let example: Vec<&str> = lines.collect();
    let shown: Vec<&str> = blocks()[0].lines().collect();
    assert_eq!(shown, example);
}

#[test]
fn its_other_code_is_from_programs_that_run() {
    let blocks = blocks();
    assert!(blocks.len() >= 6, "{blocks:#?}");
    for block in &blocks[1..] {
        let shown = trimmed(block);
        let is_in = |program: &&str| {
            let program = trimmed(program);
            program.windows(shown.len()).any(|lines| lines == shown)
        };
        assert!(PROGRAMS.iter().any(is_in), "{block}");
    }
}
