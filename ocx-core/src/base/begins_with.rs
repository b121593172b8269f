//! The images that a Dockerfile begins with.

use crate::image::ImageReference;

/// The images in the `FROM` lines of a Dockerfile, as far as they can be told without its arguments:
/// not stages of its own, nor `scratch`, nor names with a variable in them.
#[must_use]
pub(crate) fn begins_with(dockerfile: &str) -> Vec<ImageReference> {
    let mut images: Vec<ImageReference> = Vec::new();
    let mut stages: Vec<String> = vec!["scratch".to_owned()];
    for line in dockerfile.lines() {
        let mut words = line.split_whitespace();
        if !words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("FROM"))
        {
            continue;
        }
        let mut words = words.skip_while(|word| word.starts_with("--"));
        let Some(name) = words.next() else { continue };
        let is_stage = stages.contains(&name.to_lowercase());
        if let (Some(word), Some(stage)) = (words.next(), words.next())
            && word.eq_ignore_ascii_case("AS")
        {
            stages.push(stage.to_lowercase());
        }
        if let Ok(image) = name.parse::<ImageReference>()
            && !is_stage
            && !images.contains(&image)
        {
            images.push(image);
        }
    }
    images
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_stages() {
        let text = "# FROM no:1\nARG V=3\nFROM --platform=linux/amd64 ruby:3.3 AS Build\n\
                    from debian:12\nFROM build\nFROM scratch\nFROM node:${V}\nFROM ruby:3.3\nFROM\n";
        let images: Vec<String> = begins_with(text).iter().map(ToString::to_string).collect();
        assert_eq!(images, ["ruby:3.3", "debian:12"]);
        assert!(begins_with("").is_empty());
    }

    #[test]
    fn a_stage_may_have_the_name_of_its_image() {
        let images = begins_with("FROM ruby AS ruby\nFROM ruby\n");
        assert_eq!(images.len(), 1);
    }
}
