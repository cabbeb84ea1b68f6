//! Content types of files: from a header, a name's ending, the first bytes.

/// Endings and their types; the first ending of a type is the one it is given.
const ENDINGS: [(&str, &str); 36] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("bmp", "image/bmp"),
    ("svg", "image/svg+xml"),
    ("heic", "image/heic"),
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("3gp", "video/3gpp"),
    ("mov", "video/quicktime"),
    ("avi", "video/x-msvideo"),
    ("webm", "video/webm"),
    ("ogv", "video/ogg"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("aac", "audio/aac"),
    ("amr", "audio/amr"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("wav", "audio/wav"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("vcf", "text/vcard"),
    ("json", "application/json"),
    ("zip", "application/zip"),
    ("doc", "application/msword"),
    ("xls", "application/vnd.ms-excel"),
    ("ppt", "application/vnd.ms-powerpoint"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
];

/// The media type without its parameters, in lower case.
pub fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// The type a file name's ending stands for.
pub fn type_of_name(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    ENDINGS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(ending))
        .map(|(_, content_type)| *content_type)
}

/// The usual ending of a type, without its dot.
pub fn extension_of(content_type: &str) -> Option<&'static str> {
    let essence = essence(content_type);
    ENDINGS
        .iter()
        .find(|(_, known)| *known == essence)
        .map(|(ending, _)| *ending)
}

/// The type that a file's first bytes give away.
pub fn type_of_content(content: &[u8]) -> Option<&'static str> {
    let at = |offset: usize, bytes: &[u8]| {
        content
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(bytes))
    };
    let boxed = |brand: &[u8]| at(4, b"ftyp") && at(8, brand);
    [
        (at(0, b"\x89PNG\r\n\x1a\n"), "image/png"),
        (at(0, b"\xff\xd8\xff"), "image/jpeg"),
        (at(0, b"GIF87a") || at(0, b"GIF89a"), "image/gif"),
        (at(0, b"RIFF") && at(8, b"WEBP"), "image/webp"),
        (at(0, b"RIFF") && at(8, b"WAVE"), "audio/wav"),
        (at(0, b"%PDF-"), "application/pdf"),
        (at(0, b"OggS"), "audio/ogg"),
        (at(0, b"ID3"), "audio/mpeg"),
        (boxed(b"qt"), "video/quicktime"),
        (boxed(b"M4A"), "audio/mp4"),
        (boxed(b"3gp"), "video/3gpp"),
        (
            boxed(b"isom") || boxed(b"mp4") || boxed(b"avc1"),
            "video/mp4",
        ),
    ]
    .into_iter()
    .find_map(|(is, content_type)| is.then_some(content_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_s_ending_tells_the_type_in_any_case() {
        assert_eq!(type_of_name("map.PNG"), Some("image/png"));
        assert_eq!(type_of_name("archive.tar.zip"), Some("application/zip"));
        for name in ["map", "map.", "png", "map.xyz", ""] {
            assert_eq!(type_of_name(name), None, "{name}");
        }
    }

    #[test]
    fn every_type_s_ending_leads_back_to_it() {
        for (_, content_type) in ENDINGS {
            let ending = extension_of(content_type).unwrap();
            assert_eq!(type_of_name(&format!("a.{ending}")), Some(content_type));
        }
        assert_eq!(extension_of("Image/JPEG; q=1"), Some("jpg"));
        assert_eq!(extension_of("application/octet-stream"), None);
    }

    #[test]
    fn first_bytes_tell_the_type() {
        for (content, expected) in [
            (&b"\x89PNG\r\n\x1a\n..."[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"\0\0\0\x18ftypmp42", Some("video/mp4")),
            (b"%PDF-1.7", Some("application/pdf")),
            (b"<html>", None),
            (b"RIFF", None),
            (b"", None),
        ] {
            assert_eq!(type_of_content(content), expected, "{content:?}");
        }
    }
}
