//! The name of a setting on the command line.

use clap::{
    Arg, Command,
    builder::{PossibleValue, TypedValueParser},
    error::Error,
};
use ocx_core::settings::{KEYS, Key};

/// Reads the name of a setting. Shells complete it, and a mistake does not list all of them.
#[derive(Clone, Debug)]
pub(crate) struct KeyParser;

impl TypedValueParser for KeyParser {
    type Value = &'static Key;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Self::Value, Error> {
        let parser: fn(&str) -> Result<&'static Key, String> = key;
        TypedValueParser::parse_ref(&parser, command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(
            KEYS.iter().map(|key| PossibleValue::new(key.name)),
        ))
    }
}

fn key(name: &str) -> Result<&'static Key, String> {
    Key::find(name).ok_or_else(|| match Key::nearest(name) {
        Some(near) => format!("there is no such setting, did you mean `{near}`?"),
        None => "there is no such setting; `ocx config` lists all of them".to_owned(),
    })
}
