//! What takes space, as a table and as JSON.

use indicatif::BinaryBytes;
use ocx_core::ops::{DiskItem, DiskUsage, DiskVerdict, in_full};
use serde_json::{Value, json};

use crate::plain_table::{Column, PlainTable};

/// A row for each item, in lines of a width.
pub(in crate::commands) fn rows(items: &[DiskItem], width: Option<usize>) -> String {
    if items.is_empty() {
        return String::new();
    }
    let mut table = PlainTable::new([
        ("WHAT", Column::Words),
        ("NAME", Column::Whole),
        ("ENGINE", Column::Whole),
        ("SIZE", Column::Number),
        ("STATE", Column::Words),
        ("USED BY", Column::Words),
    ]);
    for item in items {
        table.row([
            item.kind.to_string(),
            item.name.clone(),
            item.engine.map(|name| name.to_string()).unwrap_or_default(),
            size(item.size),
            state(&item.verdict),
            users(item),
        ]);
    }
    table.text(width)
}

/// What all of them come to.
pub(in crate::commands) fn sums(items: &[DiskItem]) -> String {
    let mut text = format!("{} in all", size(Some(sum(items.iter()))));
    let unknown = items.iter().filter(|item| item.size.is_none()).count();
    if unknown > 0 {
        text.push_str(&format!(", and {unknown} of unknown size"));
    }
    text.push('\n');
    let those = |wanted: fn(&DiskVerdict) -> bool| {
        let found = items.iter().filter(move |item| wanted(&item.verdict));
        (found.clone().count(), size(Some(sum(found))))
    };
    let (count, unneeded) = those(|verdict| matches!(verdict, DiskVerdict::Unneeded(_)));
    if count > 0 {
        text.push_str(&format!("{unneeded} that nobody needs: `ocx prune`\n"));
    }
    let (count, data) = those(|verdict| matches!(verdict, DiskVerdict::UserData(_)));
    if count > 0 {
        text.push_str(&format!(
            "{data} with your data of projects that are gone: `ocx prune --volumes`\n"
        ));
    }
    text
}

/// The bytes of some items, as far as they are known.
pub(in crate::commands) fn sum<'a>(items: impl Iterator<Item = &'a DiskItem>) -> u64 {
    items.filter_map(|item| item.size).sum()
}

pub(in crate::commands) fn size(bytes: Option<u64>) -> String {
    match bytes {
        Some(bytes) => BinaryBytes(bytes).to_string(),
        None => "?".to_owned(),
    }
}

pub(super) fn usage_as_json(usage: &DiskUsage) -> Value {
    let those = |wanted: fn(&DiskVerdict) -> bool| {
        sum(usage.items.iter().filter(|item| wanted(&item.verdict)))
    };
    json!({
        "items": as_json(&usage.items),
        "silent": silent_as_json(usage),
        "total": sum(usage.items.iter()),
        "unneeded": those(|verdict| matches!(verdict, DiskVerdict::Unneeded(_))),
        "user_data": those(|verdict| matches!(verdict, DiskVerdict::UserData(_))),
    })
}

pub(in crate::commands) fn silent_as_json(usage: &DiskUsage) -> Value {
    let silent = usage.silent.iter();
    silent
        .map(|(engine, error)| json!({ "engine": engine, "error": in_full(error) }))
        .collect()
}

pub(in crate::commands) fn as_json<'a>(items: impl IntoIterator<Item = &'a DiskItem>) -> Value {
    items.into_iter().map(item_as_json).collect()
}

pub(in crate::commands) fn item_as_json(item: &DiskItem) -> Value {
    let (state, reason) = match &item.verdict {
        DiskVerdict::Needed(why) => ("needed", why.to_string()),
        DiskVerdict::Unneeded(why) => ("unneeded", why.to_string()),
        DiskVerdict::UserData(why) => ("user-data", why.to_string()),
        _ => ("unknown", String::new()),
    };
    json!({
        "kind": item.kind.as_str(),
        "name": item.name,
        "engine": item.engine,
        "size": item.size,
        "projects": item.projects,
        "state": state,
        "reason": reason,
    })
}

fn state(verdict: &DiskVerdict) -> String {
    match verdict {
        DiskVerdict::Needed(why) => why.to_string(),
        DiskVerdict::Unneeded(why) => format!("unneeded: {why}"),
        DiskVerdict::UserData(why) => format!("your data: {why}"),
        _ => String::new(),
    }
}

fn users(item: &DiskItem) -> String {
    match item.projects.as_slice() {
        // It would stand there twice.
        [only] if *only == item.name => String::new(),
        [] => String::new(),
        [first] => first.to_string(),
        [first, others @ ..] => format!("{first} and {} more", others.len()),
    }
}
