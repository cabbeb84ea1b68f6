use proptest::prelude::*;

use super::*;

/// All of a file's text, read through a buffer of `step` bytes, and its encoding.
fn decoded(file: &[u8], step: usize) -> (Vec<u8>, Encoding) {
    let mut decoder = Decoder::new(file).unwrap();
    let mut text = Vec::new();
    let mut buffer = vec![0; step];
    loop {
        let (filled, at_end) = decoder.fill(&mut buffer).unwrap();
        text.extend_from_slice(&buffer[..filled]);
        if at_end {
            assert_eq!(decoder.bytes_read(), file.len() as u64);
            return (text, decoder.sniffed().encoding);
        }
    }
}

fn units(bytes: fn(u16) -> [u8; 2], text: &[u16]) -> Vec<u8> {
    text.iter().flat_map(|unit| bytes(*unit)).collect()
}

#[test]
fn a_lone_surrogate_becomes_a_byte_that_is_never_utf_8() {
    let text: Vec<u16> = "Team ID\n"
        .encode_utf16()
        .chain([0xd800, u16::from(b'a'), 0xdc00, 0xd83d, 0xde00])
        .collect();
    let (text, encoding) = decoded(&units(u16::to_be_bytes, &text), 64);
    assert_eq!(encoding, Encoding::Utf16Be);
    assert_eq!(text, b"Team ID\n\xffa\xff\xf0\x9f\x98\x80");
    assert_eq!(raw_length(encoding, &text), 2 * 13);
}

#[test]
fn half_a_unit_at_the_end_of_utf_16_is_broken_not_lost() {
    let mut file = units(
        u16::to_le_bytes,
        &"Team ID\n".encode_utf16().collect::<Vec<_>>(),
    );
    file.push(b'x');
    assert_eq!(decoded(&file, 64).0, b"Team ID\n\xff");
}

#[test]
fn a_read_that_is_interrupted_is_repeated() {
    struct Interrupted<'a>(bool, &'a [u8]);
    impl Read for Interrupted<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.0 = !self.0;
            if self.0 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let one = out.len().min(1);
            self.1.read(&mut out[..one])
        }
    }
    let mut decoder = Decoder::new(Interrupted(false, b"Team ID")).unwrap();
    let mut out = [0; 64];
    assert_eq!(decoder.fill(&mut out).unwrap(), (7, true));
    assert_eq!(&out[..7], b"Team ID");
}

proptest! {
    #[test]
    fn text_comes_back_from_every_encoding_through_buffers_of_every_size(
        text in "[a-zé€😀\r\n,\"]{0,200}",
        step in 16_usize..80,
        mark: bool,
    ) {
        let text = format!("Team ID\n{text}");
        let utf16: Vec<u16> = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16()).collect();
        let marked = if mark { format!("\u{feff}{text}") } else { text.clone() };
        for (file, encoding) in [
            (marked.into_bytes(), Encoding::Utf8),
            (units(u16::to_le_bytes, &utf16), Encoding::Utf16Le),
            (units(u16::to_be_bytes, &utf16), Encoding::Utf16Be),
        ] {
            let (decoded, found) = decoded(&file, step);
            prop_assert_eq!(&decoded, text.as_bytes());
            prop_assert_eq!(found, encoding);
            let mark = Decoder::new(&file[..]).unwrap().sniffed().mark;
            prop_assert_eq!(raw_length(encoding, &decoded) + mark as u64, file.len() as u64);
        }
    }

    #[test]
    fn every_byte_of_windows_1252_is_one_character(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let file = [b"Team ID\n\xe9\xe9\xe9\n".repeat(100), bytes].concat();
        let (text, encoding) = decoded(&file, 64);
        prop_assert_eq!(encoding, Encoding::Windows1252);
        prop_assert_eq!(std::str::from_utf8(&text).unwrap().chars().count(), file.len());
        prop_assert_eq!(raw_length(encoding, &text), file.len() as u64);
    }
}
