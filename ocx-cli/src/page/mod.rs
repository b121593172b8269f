//! A page of the guide as a terminal shows it: lines of a width, and styles, which whoever writes them leaves
//! out where they are not wanted.

mod blocks;
mod inline;
mod table;

use pulldown_cmark::{Options, Parser};

/// What a link to another page leads to, as somebody would type it.
pub(crate) type TopicOf<'a> = &'a dyn Fn(&str) -> Option<&'static str>;

/// A page that is written in Markdown, with lines no longer than `width` where its words let that be.
pub(crate) fn rendered(markdown: &str, width: usize, topic_of: TopicOf<'_>) -> String {
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES);
    blocks::rendered(parser, width, topic_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# A title

A paragraph with **bold** and *other* words, `code that stays together`, and [a link](https://example.org/x), \
which goes on. See [disks](disk.md), [this](#below), <https://example.org> and
[the source](../ocx-core/src/lib.rs#L1).

## Below

- one
- two, which is so long that it takes more than the one line that there is
  - nested
    with more
- `three`

1. first
2. second:

   ```console
   $ a command that is left as it is, however long it may be to be left so
   ```

> A quotation that is long enough to go on behind a mark in the next line, too.

### Tables

| a | b |
|---|---|
| x | `y` |
| longer | [z](disk.md) |

| key | what it means | where |
|---|---|---|
| `one` | words that need more than one line of the narrow column that they get | [here](#below) and nowhere else, as far as is known |
| `two` | few | – |
";

    fn shown(width: usize) -> String {
        let topic = |file: &str| (file == "disk.md").then_some("disk");
        let text = rendered(PAGE, width, &topic);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_page() {
        insta::assert_snapshot!(shown(60));
    }

    #[test]
    fn a_narrow_one() {
        insta::assert_snapshot!("narrow", shown(30));
    }

    #[test]
    fn styles() {
        let page = rendered("# A `b`\n\n**c** d *e* `f`\n", 60, &|_| None);
        for styled in ["\x1b[1mA", "\x1b[1mc\x1b[0m d", "\x1b[3me", "\x1b[36m`f`"] {
            assert!(page.contains(styled), "{page:?}");
        }
    }
}
