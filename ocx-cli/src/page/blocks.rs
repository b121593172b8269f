//! What a page is made of, from top to bottom.

use pulldown_cmark::{Event, HeadingLevel, LinkType, Tag, TagEnd};

use super::{
    TopicOf,
    inline::{Look, Piece, lines},
    table::Table,
};

/// What stands before the lines of an item or a quotation.
struct Margin {
    first: Option<String>,
    further: String,
}

struct Blocks<'a> {
    text: String,
    width: usize,
    topic_of: TopicOf<'a>,
    margins: Vec<Margin>,
    /// The number of the next item of each list around; `None` for one without.
    lists: Vec<Option<u64>>,
    /// What has been read of a paragraph, heading or cell.
    pieces: Vec<Piece>,
    looks: Vec<Look>,
    /// Where links lead that are being read, with where their texts begin.
    links: Vec<(usize, Option<String>)>,
    code: Option<String>,
    table: Table,
    row: Vec<Vec<Piece>>,
    /// Whether the next block stands apart from the one before.
    is_apart: bool,
}

pub(super) fn rendered<'e>(
    events: impl Iterator<Item = Event<'e>>,
    width: usize,
    topic_of: TopicOf<'_>,
) -> String {
    let mut blocks = Blocks {
        text: String::new(),
        width,
        topic_of,
        margins: Vec::new(),
        lists: Vec::new(),
        pieces: Vec::new(),
        looks: Vec::new(),
        links: Vec::new(),
        code: None,
        table: Table::default(),
        row: Vec::new(),
        is_apart: false,
    };
    for event in events {
        blocks.read(event);
    }
    blocks.text
}

impl Blocks<'_> {
    fn read(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => self.say(&text),
            },
            Event::Code(code) => {
                let look = match self.looks.contains(&Look::Heading) {
                    true => Look::Heading,
                    false => Look::Code,
                };
                let text = format!("`{code}`");
                self.pieces.push(Piece { look, text });
            }
            Event::SoftBreak | Event::HardBreak => self.say(" "),
            Event::Rule => {
                self.stand_apart();
                self.line(&"─".repeat(self.room()));
                self.is_apart = true;
            }
            // Pages have no more, and comments are not for those who read them.
            _ => {}
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => self.looks.push(Look::Heading),
            Tag::Strong => self.looks.push(Look::Strong),
            Tag::Emphasis => self.looks.push(Look::Emphasis),
            Tag::CodeBlock(_) => {
                self.paragraph();
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                let has_text = !self.pieces.is_empty();
                self.paragraph();
                if !self.lists.is_empty() && has_text {
                    self.is_apart = false;
                }
                self.lists.push(first);
            }
            Tag::Item => {
                self.stand_apart();
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.margins.push(Margin {
                    further: " ".repeat(mark.len()),
                    first: Some(mark),
                });
            }
            Tag::BlockQuote(_) => {
                self.stand_apart();
                self.margins.push(Margin {
                    first: None,
                    further: "> ".to_owned(),
                });
            }
            Tag::Link {
                link_type,
                dest_url,
                ..
            } => {
                let target = match link_type {
                    LinkType::Autolink | LinkType::Email => None,
                    _ => self.target(&dest_url),
                };
                self.links.push((self.pieces.len(), target));
            }
            Tag::Table(_) => self.table = Table::default(),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                self.looks.pop();
                self.heading(level);
            }
            TagEnd::Strong | TagEnd::Emphasis => {
                self.looks.pop();
            }
            TagEnd::Paragraph => {
                self.paragraph();
                self.is_apart = true;
            }
            TagEnd::CodeBlock => {
                self.stand_apart();
                for line in self.code.take().unwrap_or_default().lines() {
                    self.line(&format!("    {line}"));
                }
                self.is_apart = true;
            }
            TagEnd::Item => {
                self.paragraph();
                self.margins.pop();
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.is_apart = self.is_apart || self.lists.is_empty();
            }
            TagEnd::BlockQuote(_) => {
                self.margins.pop();
            }
            TagEnd::Link => {
                if let Some((begin, Some(target))) = self.links.pop() {
                    let texts = self.pieces[begin..].iter();
                    let text: String = texts.map(|piece| piece.text.as_str()).collect();
                    if text.trim_matches('`') != target.trim_matches('`') {
                        self.say(" (");
                        let look = match target.starts_with('`') {
                            true => Look::Code,
                            false => Look::Plain,
                        };
                        self.pieces.push(Piece { look, text: target });
                        self.say(")");
                    }
                }
            }
            TagEnd::TableCell => self.row.push(std::mem::take(&mut self.pieces)),
            TagEnd::TableHead => self.table.head = std::mem::take(&mut self.row),
            TagEnd::TableRow => self.table.rows.push(std::mem::take(&mut self.row)),
            TagEnd::Table => {
                self.stand_apart();
                let lines = std::mem::take(&mut self.table).lines(self.room());
                for line in lines {
                    self.line(&line);
                }
                self.is_apart = true;
            }
            _ => {}
        }
    }

    /// A link's target as a reader can use it; `None` for a place in the same page.
    fn target(&self, address: &str) -> Option<String> {
        if address.contains("://") || address.starts_with("mailto:") {
            return Some(address.to_owned());
        }
        let file = address.split('#').next().filter(|file| !file.is_empty())?;
        Some(match (self.topic_of)(file) {
            Some(topic) => format!("`ocx help {topic}`"),
            None => match file.strip_prefix("../") {
                Some(path) => path.to_owned(),
                None => format!("docs/{file}"),
            },
        })
    }

    fn say(&mut self, text: &str) {
        let look = match self.looks.contains(&Look::Heading) {
            true => Look::Heading,
            false => self.looks.last().copied().unwrap_or(Look::Plain),
        };
        let text = text.to_owned();
        self.pieces.push(Piece { look, text });
    }

    fn paragraph(&mut self) {
        if self.pieces.is_empty() {
            return;
        }
        self.stand_apart();
        let pieces = std::mem::take(&mut self.pieces);
        for line in lines(&pieces, self.room()) {
            self.line(&line.styled);
        }
    }

    /// A heading, which is one without colours, too.
    fn heading(&mut self, level: HeadingLevel) {
        self.stand_apart();
        let pieces = std::mem::take(&mut self.pieces);
        let mut widest = 0;
        for line in lines(&pieces, self.room()) {
            widest = widest.max(line.width);
            self.line(&line.styled);
        }
        match level {
            HeadingLevel::H1 => self.line(&"═".repeat(widest)),
            HeadingLevel::H2 => self.line(&"─".repeat(widest)),
            _ => {}
        }
        self.is_apart = true;
    }

    /// The columns that there are behind the margins.
    fn room(&self) -> usize {
        let taken: usize = self.margins.iter().map(|one| one.further.len()).sum();
        self.width.saturating_sub(taken).max(1)
    }

    fn stand_apart(&mut self) {
        if std::mem::take(&mut self.is_apart) {
            let margins = self.margins.iter();
            let margin: String = margins.map(|one| one.further.as_str()).collect();
            self.text.push_str(margin.trim_end());
            self.text.push('\n');
        }
    }

    fn line(&mut self, line: &str) {
        let mut whole = String::new();
        for margin in &mut self.margins {
            match margin.first.take() {
                Some(first) => whole.push_str(&first),
                None => whole.push_str(&margin.further),
            }
        }
        whole.push_str(line);
        self.text.push_str(whole.trim_end());
        self.text.push('\n');
    }
}
