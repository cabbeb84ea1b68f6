use std::collections::BTreeMap;

use proptest::prelude::*;
use sparkcentral::attachment::check_filename;
use sparkcentral::{Dialect, MediumId};

use super::*;
use crate::agent::MessageSettings;
use crate::text::LocalText;

fn url(url: &str) -> AttachmentFile {
    AttachmentFile {
        url: Some(url.into()),
        ..AttachmentFile::default()
    }
}

fn named(name: &str) -> AttachmentFile {
    AttachmentFile {
        name: Some(name.into()),
        ..url("https://a.example/x.bin")
    }
}

/// The name without what makes it unique.
fn plain_name(file: &AttachmentFile) -> String {
    let name = upload_name(file, "turn-1", 0);
    let (stem, ending) = name
        .split_once('.')
        .map_or((name.as_str(), ""), |(s, e)| (s, e));
    let (stem, unique) = stem.rsplit_once('-').unwrap();
    assert_eq!(unique.len(), 10, "{name}");
    format!("{stem}|{ending}")
}

#[test]
fn a_name_is_the_given_one_else_the_address_s_else_made_of_the_type() {
    let s3 = AttachmentFile {
        s3: Some("s3://bucket/folder/Invoice 7.pdf".into()),
        ..AttachmentFile::default()
    };
    let data = |content_type: Option<&str>| AttachmentFile {
        data: Some("iVBORw0KGgo=".into()),
        content_type: content_type.map(Into::into),
        ..AttachmentFile::default()
    };
    for (file, expected) in [
        (named("Map (1).PNG"), "Map-1|PNG"),
        (named("Überblick.pdf"), "berblick|pdf"),
        (named("../../etc/passwd"), "etc-passwd|"),
        (named("   "), "x|bin"),
        (named("日本.png"), "file|png"),
        (
            url("https://a.example/maps/town.png?size=2#top"),
            "town|png",
        ),
        (url("https://a.example/"), "file|"),
        (s3, "Invoice-7|pdf"),
        (data(Some("image/jpeg")), "file|jpg"),
        (data(None), "file|png"),
    ] {
        assert_eq!(plain_name(&file), expected);
    }
}

#[test]
fn a_name_is_the_same_on_a_retry_and_another_for_another_file() {
    let file = named("map.png");
    assert_eq!(
        upload_name(&file, "turn-1", 0),
        upload_name(&file, "turn-1", 0)
    );
    let names = [("turn-1", 0), ("turn-1", 1), ("turn-2", 0), ("turn-11", 0)];
    let names: Vec<_> = names
        .iter()
        .map(|(id, index)| upload_name(&file, id, *index))
        .collect();
    for (index, name) in names.iter().enumerate() {
        assert!(!names[..index].contains(name), "{names:?}");
    }
}

#[test]
fn a_source_is_said_in_exactly_one_way() {
    let s3 = |s3: &str| AttachmentFile {
        s3: Some(s3.into()),
        ..AttachmentFile::default()
    };
    assert!(matches!(
        s3("s3://bucket/a/b c.png").source(),
        Some(FileSource::S3 {
            bucket: "bucket",
            key: "a/b c.png"
        })
    ));
    assert!(s3("s3://bucket/").source().is_none());
    assert!(AttachmentFile::default().source().is_none());
    let both = AttachmentFile {
        url: Some("https://a.example".into()),
        ..s3("s3://b/k")
    };
    assert!(both.source().is_none());
}

#[test]
fn the_type_is_the_given_one_else_the_name_s_else_the_content_s() {
    let data = AttachmentFile {
        data: Some("iVBORw0KGgo".into()),
        ..AttachmentFile::default()
    };
    assert_eq!(data.known_type().as_deref(), Some("image/png"));
    assert_eq!(
        url("https://a.example/b.PDF?x").known_type().as_deref(),
        Some("application/pdf")
    );
    assert_eq!(url("https://a.example/b").known_type(), None);
    let given = AttachmentFile {
        content_type: Some("Image/GIF; a=b".into()),
        ..url("https://a.example/b.pdf")
    };
    assert_eq!(given.known_type().as_deref(), Some("image/gif"));
}

fn said(file: &AttachmentFile, text: Option<LocalText>) -> Option<String> {
    let messages = MessageSettings {
        attachment_text: text,
        ..MessageSettings::default()
    };
    let medium = MediumId::new("sms");
    instead(
        file,
        &PlanFor {
            features: &Dialect::Sparkcentral.default_features(),
            messages: &messages,
            medium: Some(&medium),
            language: Some("fr"),
            id: "turn-1",
        },
    )
}

#[test]
fn instead_of_a_file_its_public_address_is_said_else_the_operator_s_text() {
    let texts = BTreeMap::from([
        ("en".to_owned(), "We sent a file.".to_owned()),
        ("fr".to_owned(), "Un fichier %[x](y)".to_owned()),
    ]);
    let text = || Some(LocalText::PerLanguage(texts.clone()));
    let public = url("https://shop.example/a[1](2).png?x=y");
    assert_eq!(
        said(&public, text()).as_deref(),
        Some("https://shop.example/a%5B1%5D%282%29.png?x=y")
    );
    for private in [
        "http://shop.example/a.png",
        "https://10.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://localhost/a.png",
        "https://files/a.png",
        "https://files.internal/a.png",
        "https://someone:secret@shop.example/a.png",
    ] {
        assert_eq!(said(&url(private), None), None, "{private}");
        let told = said(&url(private), text()).unwrap();
        assert!(
            told.starts_with("Un fichier") && !told.contains("%["),
            "{told}"
        );
    }
}

proptest! {
    #[test]
    fn every_name_can_be_uploaded(name in any::<String>(), id in any::<String>(), index in 0..30_usize) {
        let name = upload_name(&named(&name), &id, index);
        prop_assert_eq!(check_filename(&name), Ok(()));
        prop_assert!(name.len() <= 90);
    }
}
