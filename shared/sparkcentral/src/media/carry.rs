//! Which files a medium carries, and whether it shows buttons.

use super::{MediumId, MediumKind};
use crate::attachment::{AttachmentProblem, check_size, essence};

/// Why a medium can't carry a file. Doesn't name the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum CannotCarry {
    /// No file at all.
    #[error("the medium carries no files")]
    AnyFile,
    /// Not this type.
    #[error("the medium carries no files of this type")]
    Type,
    /// Not one as large as this.
    #[error("the file has {bytes} bytes, the medium carries {max} of its type")]
    TooLarge { bytes: usize, max: usize },
    /// Sparkcentral doesn't take it, whatever the medium.
    #[error(transparent)]
    Refused(#[from] AttachmentProblem),
}

/// Types (`image/png`, `image/*`, `*/*`) and the most bytes of one file; the first that matches counts.
type Carried = (&'static [&'static str], usize);

const MEGABYTE: usize = 1_000_000;
/// Where Sparkcentral's own limit is the narrower one.
const AS_SPARKCENTRAL: usize = usize::MAX;

const INSTAGRAM: &[Carried] = &[
    (&["image/jpeg", "image/png", "image/gif"], 8 * MEGABYTE),
    (
        &[
            "audio/aac",
            "audio/mp4",
            "audio/x-m4a",
            "audio/wav",
            "audio/x-wav",
            "video/mp4",
            "video/ogg",
            "video/x-msvideo",
            "video/quicktime",
            "video/webm",
            "application/pdf",
        ],
        AS_SPARKCENTRAL,
    ),
];

const WHATSAPP: &[Carried] = &[
    (&["image/jpeg", "image/png"], 5 * MEGABYTE),
    (
        &[
            "audio/aac",
            "audio/amr",
            "audio/mpeg",
            "audio/mp4",
            "audio/ogg",
            "video/mp4",
            "video/3gpp",
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ],
        AS_SPARKCENTRAL,
    ),
];

const TWITTER: &[Carried] = &[
    (&["image/jpeg", "image/png", "image/webp"], 5 * MEGABYTE),
    (&["image/gif", "video/mp4"], AS_SPARKCENTRAL),
];

const EVERYTHING: &[Carried] = &[(&["*/*"], AS_SPARKCENTRAL)];

const VIBER: &[Carried] = &[(&["image/*"], MEGABYTE), (&["*/*"], AS_SPARKCENTRAL)];

/// Whether the medium carries a file, as far as type (`image/png`) and size in bytes are known; from
/// the networks' public documents, beside Sparkcentral's own limit of
/// [`MAX_ATTACHMENT_BYTES`](crate::MAX_ATTACHMENT_BYTES):
///
/// | medium | files | source |
/// |---|---|---|
/// | Instagram | JPEG, PNG, GIF to 8 MB; AAC, M4A, WAV; MP4, Ogg, AVI, MOV, WebM; PDF | Meta, Instagram messaging, attachment upload |
/// | WhatsApp | JPEG, PNG to 5 MB; AAC, AMR, MP3, M4A, Ogg; MP4, 3GP; plain text, PDF, Office | Meta, WhatsApp Cloud API, media |
/// | Twitter | JPEG, PNG, WebP to 5 MB; GIF; MP4 | X API, media |
/// | Viber | pictures to 1 MB; everything else | Viber REST bot API, picture, video and file messages |
/// | SMS | none | Twilio, MMS: a few countries only, and not from every number |
/// | Messenger, Telegram | everything | Meta, Send API; Telegram Bot API, sendDocument |
///
/// The in-web chat, LinkedIn, e-mail and media not known are taken to carry everything: Sparkcentral
/// refuses what they can't (status 400), before anything reaches the contact.
///
/// # Errors
/// The first reason against it.
pub fn carries(
    medium: &MediumId,
    content_type: Option<&str>,
    bytes: Option<usize>,
) -> Result<(), CannotCarry> {
    let carried = match medium.kind() {
        MediumKind::Sms => return Err(CannotCarry::AnyFile),
        MediumKind::Instagram => INSTAGRAM,
        MediumKind::WhatsApp => WHATSAPP,
        MediumKind::Twitter => TWITTER,
        MediumKind::Viber => VIBER,
        MediumKind::Messenger
        | MediumKind::Telegram
        | MediumKind::InWeb
        | MediumKind::LinkedIn
        | MediumKind::Email
        | MediumKind::Other => EVERYTHING,
    };
    if let Some(bytes) = bytes {
        check_size(bytes)?;
    }
    let Some(content_type) = content_type.map(essence) else {
        return Ok(());
    };
    let (_, max) = carried
        .iter()
        .find(|(types, _)| types.iter().any(|pattern| matches(pattern, &content_type)))
        .ok_or(CannotCarry::Type)?;
    match bytes {
        Some(bytes) if bytes > *max => Err(CannotCarry::TooLarge { bytes, max: *max }),
        _ => Ok(()),
    }
}

fn matches(pattern: &str, content_type: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some("*") => true,
        Some(kind) => content_type
            .split_once('/')
            .is_some_and(|(given, _)| given == kind),
        None => pattern == content_type,
    }
}

/// Whether the medium is documented to show shortcodes as buttons: the in-web chat only
/// (Hootsuite Inbox 2.0, Web Messenger, "Use shortcodes"). Elsewhere a contact may read them as
/// they are written.
pub fn renders_shortcodes(medium: &MediumId) -> bool {
    medium.kind() == MediumKind::InWeb
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(medium: &str, content_type: &str, bytes: usize) -> Result<(), CannotCarry> {
        carries(&medium.into(), Some(content_type), Some(bytes))
    }

    #[test]
    fn types_and_sizes_are_judged_by_medium() {
        use CannotCarry::*;
        let large = |bytes, max| Err(TooLarge { bytes, max });
        for (medium, content_type, bytes, expected) in [
            ("whatsapp", "image/png", 5_000_000, Ok(())),
            ("whatsapp", "Image/JPEG; q=1", 10, Ok(())),
            (
                "whatsapp",
                "image/png",
                5_000_001,
                large(5_000_001, 5_000_000),
            ),
            ("whatsapp", "image/gif", 10, Err(Type)),
            ("whatsapp", "application/pdf", 9_000_000, Ok(())),
            ("instagram", "application/zip", 10, Err(Type)),
            (
                "instagram",
                "image/gif",
                8_000_001,
                large(8_000_001, 8_000_000),
            ),
            ("twit", "application/pdf", 10, Err(Type)),
            ("twit", "image/gif", 9_000_000, Ok(())),
            ("viber", "image/png", 1_000_001, large(1_000_001, 1_000_000)),
            ("viber", "application/zip", 2_000_000, Ok(())),
            ("twilio", "image/png", 10, Err(AnyFile)),
            ("fb", "application/zip", 10, Ok(())),
            ("rtm", "application/octet-stream", 10, Ok(())),
            ("carrier-pigeon", "application/zip", 10, Ok(())),
        ] {
            assert_eq!(
                judged(medium, content_type, bytes),
                expected,
                "{medium} {content_type}"
            );
        }
    }

    #[test]
    fn what_sparkcentral_refuses_no_medium_carries() {
        for medium in ["rtm", "fb", "whatsapp", "carrier-pigeon"] {
            for bytes in [0, 10_000_000] {
                let judged = judged(medium, "image/png", bytes);
                assert!(
                    matches!(judged, Err(CannotCarry::Refused(_))),
                    "{medium} {bytes}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_known_yet_does_not_count_against_a_file() {
        assert_eq!(carries(&"whatsapp".into(), None, None), Ok(()));
        assert_eq!(carries(&"whatsapp".into(), Some("image/png"), None), Ok(()));
        assert_eq!(
            carries(&"sms".into(), None, None),
            Err(CannotCarry::AnyFile)
        );
    }

    #[test]
    fn buttons_are_shown_in_the_in_web_chat_only() {
        for (medium, shown) in [
            ("rtm", true),
            ("smooch-rtm", true),
            ("fb", false),
            ("sms", false),
        ] {
            assert_eq!(renders_shortcodes(&medium.into()), shown, "{medium}");
        }
    }
}
