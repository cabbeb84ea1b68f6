//! What Sparkcentral demands of an attachment before it takes the upload.

mod content_type;

pub use content_type::{essence, extension_of, type_of_content, type_of_name};

/// The largest attachment: "under 10 megabytes", read in the narrower, decimal sense, because a
/// file between 10 MB and 10 MiB might be refused.
pub const MAX_ATTACHMENT_BYTES: usize = 9_999_999;

/// The longest file name. Our bound, not Sparkcentral's: what file systems take.
pub const MAX_FILENAME_BYTES: usize = 255;

/// Why an attachment would be refused. Doesn't quote the file name: people name files after
/// themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AttachmentProblem {
    #[error("the file name is empty: give the attachment a name such as map.png")]
    EmptyName,
    #[error("the file name may hold letters a-z and A-Z, digits, - _ and . only: rename the file")]
    NameCharacters,
    #[error("the file name consists of dots only: rename the file")]
    OnlyDots,
    #[error("the file name is longer than {MAX_FILENAME_BYTES} bytes: shorten it")]
    LongName,
    #[error("the attachment is empty: send a file with content")]
    EmptyFile,
    #[error(
        "the attachment has {bytes} bytes, more than {MAX_ATTACHMENT_BYTES}: send a smaller file"
    )]
    TooLarge { bytes: usize },
}

/// Checks a file name: not empty, `A-Z a-z 0-9 - _ .` only, and something besides dots (a name of
/// `..` would change the upload's path).
///
/// # Errors
/// The first rule the name breaks.
pub fn check_filename(name: &str) -> Result<(), AttachmentProblem> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() {
        Err(AttachmentProblem::EmptyName)
    } else if !name.bytes().all(allowed) {
        Err(AttachmentProblem::NameCharacters)
    } else if name.bytes().all(|byte| byte == b'.') {
        Err(AttachmentProblem::OnlyDots)
    } else if name.len() > MAX_FILENAME_BYTES {
        Err(AttachmentProblem::LongName)
    } else {
        Ok(())
    }
}

/// Checks a file's size in bytes.
///
/// # Errors
/// Empty, or more than [`MAX_ATTACHMENT_BYTES`].
pub fn check_size(bytes: usize) -> Result<(), AttachmentProblem> {
    match bytes {
        0 => Err(AttachmentProblem::EmptyFile),
        1..=MAX_ATTACHMENT_BYTES => Ok(()),
        _ => Err(AttachmentProblem::TooLarge { bytes }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_letters_digits_dash_underscore_and_dot_pass() {
        for name in ["map.png", "A-1_b.tar.gz", ".hidden", "x"] {
            assert_eq!(check_filename(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn every_other_name_is_refused_with_its_rule() {
        for (name, problem) in [
            ("", AttachmentProblem::EmptyName),
            ("two words.png", AttachmentProblem::NameCharacters),
            ("../secret", AttachmentProblem::NameCharacters),
            ("naïve.png", AttachmentProblem::NameCharacters),
            ("..", AttachmentProblem::OnlyDots),
        ] {
            assert_eq!(check_filename(name), Err(problem), "{name}");
        }
        assert_eq!(
            check_filename(&"a".repeat(256)),
            Err(AttachmentProblem::LongName)
        );
    }

    #[test]
    fn a_file_must_have_content_and_stay_under_ten_megabytes() {
        assert_eq!(check_size(0), Err(AttachmentProblem::EmptyFile));
        assert_eq!(check_size(1), Ok(()));
        assert_eq!(check_size(9_999_999), Ok(()));
        assert_eq!(
            check_size(10_000_000),
            Err(AttachmentProblem::TooLarge { bytes: 10_000_000 })
        );
    }
}
