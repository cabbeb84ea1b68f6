//! Files to upload: where they come from, what they are called, what is said instead.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256};
use sparkcentral::attachment::{essence, extension_of, type_of_content, type_of_name};
use sparkcentral::rich_text::neutralise;
use url::{Host, Url};

use super::PlanFor;
use super::offer::address;
use crate::action::AttachmentFile;

/// Most characters of base64 in one answer's attachments: they are stored with it, in one database
/// item. Larger files have an address.
pub const MAX_DATA_CHARS: usize = 200 * 1024;

/// Padding or none: both are seen.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Longest address, in bytes.
const MAX_ADDRESS_BYTES: usize = 4_096;
/// Longest file name before what makes it unique, in characters.
const MAX_STEM_CHARS: usize = 60;
/// Longest ending of a file name, in characters.
const MAX_ENDING_CHARS: usize = 10;

/// Where a file comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FileSource<'a> {
    /// The file itself, base64.
    Data(&'a str),
    /// An address to fetch.
    Url(&'a str),
    /// An object in S3.
    S3 {
        /// Name of the bucket.
        bucket: &'a str,
        /// Key of the object.
        key: &'a str,
    },
}

impl AttachmentFile {
    /// Where the file comes from: `None` where it is not said in exactly one way.
    pub fn source(&self) -> Option<FileSource<'_>> {
        match (&self.data, &self.url, &self.s3) {
            (Some(data), None, None) => Some(FileSource::Data(data)),
            (None, Some(url), None) => Some(FileSource::Url(url)),
            (None, None, Some(s3)) => {
                let (bucket, key) = s3.strip_prefix("s3://")?.split_once('/')?;
                let named = !bucket.is_empty() && !key.is_empty();
                named.then_some(FileSource::S3 { bucket, key })
            }
            _ => None,
        }
    }

    /// The bytes of a file given as data.
    pub fn decoded(&self) -> Option<Vec<u8>> {
        BASE64.decode(self.data.as_ref()?.trim()).ok()
    }

    /// The type as far as it is known without the file: given, else by a name's ending, else by the
    /// first bytes of data.
    pub fn known_type(&self) -> Option<String> {
        self.content_type.as_deref().map(essence).or_else(|| {
            let by_name = [self.name.clone(), self.source_name()]
                .into_iter()
                .flatten()
                .find_map(|name| type_of_name(&name));
            let by_content = || type_of_content(&self.decoded()?);
            by_name.or_else(by_content).map(ToOwned::to_owned)
        })
    }

    /// The file name at the end of the address.
    fn source_name(&self) -> Option<String> {
        let name = match self.source()? {
            FileSource::Data(_) => return None,
            FileSource::S3 { key, .. } => key.rsplit('/').next().map(ToOwned::to_owned),
            FileSource::Url(url) => {
                let url = Url::parse(url).ok()?;
                url.path_segments()?.next_back().map(ToOwned::to_owned)
            }
        };
        name.filter(|name| !name.is_empty())
    }
}

/// What is wrong with a file, each with the field below `attachment`.
pub(super) fn problems(file: &AttachmentFile) -> Vec<(&'static str, String)> {
    let mut problems = Vec::new();
    let mut check = |fine: bool, field, rule: &str| {
        if !fine {
            problems.push((field, rule.to_owned()));
        }
    };
    let given = [&file.data, &file.url, &file.s3];
    let count = given.into_iter().filter(|source| source.is_some()).count();
    check(count == 1, "", "give exactly one of data, url and s3");
    if file.data.is_some() {
        let content = file.decoded();
        check(content.is_some(), ".data", "must be base64");
        let empty = content.is_some_and(|content| content.is_empty());
        check(!empty, ".data", "must not be empty");
    }
    if let Some(url) = &file.url {
        let web = Url::parse(url)
            .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
        let fine = web && url.len() <= MAX_ADDRESS_BYTES;
        let rule = format!("must be an https:// address of at most {MAX_ADDRESS_BYTES} bytes");
        check(fine, ".url", &rule);
    }
    if file.s3.is_some() && count == 1 {
        check(file.source().is_some(), ".s3", "must be s3://bucket/key");
    }
    if let Some(content_type) = &file.content_type {
        let rule = "must be a media type such as image/png";
        check(is_media_type(content_type), ".contentType", rule);
    }
    problems
}

/// `type/subtype`, with parameters or without.
fn is_media_type(text: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    let printable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let essence = essence(text);
    printable
        && essence
            .split_once('/')
            .is_some_and(|(kind, sub)| token(kind) && token(sub))
}

/// The name a file is uploaded under: its own, made to fit, with something behind it that only this
/// file of this answer has. The contact reads it when saving the file.
pub(super) fn upload_name(file: &AttachmentFile, id: &str, index: usize) -> String {
    let given = file.name.clone().filter(|name| !name.trim().is_empty());
    let name = fitting(&given.or_else(|| file.source_name()).unwrap_or_default());
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if (1..=MAX_ENDING_CHARS).contains(&ending.len()) => {
            (stem, Some(ending))
        }
        _ => (name.as_str(), None),
    };
    let by_type = || file.known_type().as_deref().and_then(extension_of);
    let ending = ending.or_else(by_type).map(|ending| format!(".{ending}"));
    let stem: String = stem.chars().take(MAX_STEM_CHARS).collect();
    let stem = match stem.trim_matches(['.', '-', '_']) {
        "" => "file",
        stem => stem,
    };
    let digest = Sha256::digest(format!("{id}\n{index}"));
    let unique = hex::encode(&digest[..5]);
    format!("{stem}-{unique}{}", ending.unwrap_or_default())
}

/// A name of `A-Z a-z 0-9 - _ .` only: everything else becomes a dash.
fn fitting(name: &str) -> String {
    let mut fitting = String::new();
    for character in name.trim().chars() {
        let legal = character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        match character {
            character if legal => fitting.push(character),
            _ if fitting.ends_with('-') => {}
            _ => fitting.push('-'),
        }
    }
    fitting
}

/// What is said where the file can't be sent: its address, where anybody can open it, else the
/// operator's text. Forms no shortcode.
pub(super) fn instead(file: &AttachmentFile, wanted: &PlanFor<'_>) -> Option<String> {
    let link = match file.source() {
        Some(FileSource::Url(url)) => public_address(url),
        _ => None,
    };
    link.or_else(|| {
        let text = wanted.messages.attachment_text.as_ref()?;
        let text = text.in_language(wanted.language)?;
        Some(neutralise(text.trim()).into_owned())
    })
}

/// An address a contact's browser can open: https, and the name of a host on the internet.
fn public_address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let Some(Host::Domain(domain)) = url.host() else {
        return None;
    };
    let inside = [".local", ".internal", ".localhost", ".home.arpa"]
        .iter()
        .any(|ending| domain.ends_with(ending));
    let anonymous = url.username().is_empty() && url.password().is_none();
    let public = url.scheme() == "https" && anonymous && domain.contains('.') && !inside;
    public.then(|| address(text)).flatten()
}

#[cfg(test)]
mod tests;
