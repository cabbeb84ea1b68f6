//! Bytes of a CSV as text, for people: what export-load reads exactly is only shown here.

/// What a file is written in, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf16Le,
    Utf16Be,
    /// UTF-8, or else one byte per character.
    Bytes,
}

impl Encoding {
    pub(crate) fn of(start: &[u8]) -> Self {
        match start {
            [0xff, 0xfe, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] => Self::Utf16Be,
            _ => Self::Bytes,
        }
    }
}

pub(crate) fn decode(bytes: &[u8], encoding: Encoding) -> String {
    let units = |unit: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks().0.iter().map(|&pair| unit(pair));
        String::from_utf16_lossy(&units.collect::<Vec<_>>())
    };
    match encoding {
        Encoding::Utf16Le => units(u16::from_le_bytes),
        Encoding::Utf16Be => units(u16::from_be_bytes),
        Encoding::Bytes => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            // The end may be cut within a character.
            Err(error) if error.error_len().is_none() => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_readable_in_each_encoding_of_an_export() {
        let le: Vec<u8> = "é,b".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "é,b".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&le, Encoding::of(&[0xff, 0xfe])), "é,b");
        assert_eq!(decode(&be, Encoding::of(&[0xfe, 0xff])), "é,b");
        assert_eq!(decode("é,b".as_bytes(), Encoding::of(b"Ta")), "é,b");
        assert_eq!(decode(b"\xe9,b", Encoding::of(b"Ta")), "é,b");
        assert_eq!(decode(b"b,\xc3", Encoding::of(b"")), "b,\u{fffd}");
    }
}
