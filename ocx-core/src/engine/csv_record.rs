//! Values of flags that engines read as one record of CSV.

/// The fields as a record of CSV, in which those with a comma or a quote are quoted.
///
/// # Panics
///
/// Never: memory takes every record.
#[must_use]
pub fn csv_record(fields: &[String]) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Writing into memory cannot fail, and UTF-8 goes in.
    writer
        .write_record(fields)
        .expect("memory takes every record");
    let record = writer.into_inner().expect("memory takes every record");
    String::from_utf8(record)
        .expect("the fields are UTF-8")
        .trim_end_matches(['\r', '\n'])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_only_where_needed() {
        let record = |path: &str| csv_record(&["type=bind".to_owned(), format!("source={path}")]);
        assert_eq!(record("/a b:c"), "type=bind,source=/a b:c");
        assert_eq!(record("/a,b"), r#"type=bind,"source=/a,b""#);
        assert_eq!(record(r#"/a"b"#), r#"type=bind,"source=/a""b""#);
    }

    proptest! {
        #[test]
        fn any_path_comes_back(path in "/[^\r\n\0]{0,60}") {
            let record = csv_record(&["type=bind".to_owned(), format!("source={path}")]);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(record.as_bytes());
            let fields: Vec<String> = reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
            prop_assert_eq!(fields, vec!["type=bind".to_owned(), format!("source={path}")]);
        }
    }
}
