//! The bucket: parts, whole objects, ranges. Keys are given by the caller, never invented here.

use std::ops::Range;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::file::{Part, Upload};
use exports::keys;

/// The lake's bucket. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lake {
    client: Client,
    bucket: String,
}

/// An object being read.
#[derive(Debug)]
pub struct Object {
    /// Its bytes.
    pub size: u64,
    /// When it was written.
    pub modified: DateTime<Utc>,
    /// What its writer noted, such as `time-zone`.
    pub metadata: std::collections::HashMap<String, String>,
    /// Its content, not fetched yet.
    pub body: ByteStream,
}

/// S3 did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// S3 refused or did not answer, after the SDK's own retries.
    #[error("S3 did not {action} {key}")]
    Aws {
        /// What was asked.
        action: &'static str,
        /// Of which object.
        key: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// There is no such object, or no such upload any more.
    #[error("{key} is not there to {action}")]
    Absent {
        /// What was asked.
        action: &'static str,
        /// Of which object.
        key: String,
    },
    /// The writer ended without an end: nothing appears under the key.
    #[error("writing {key} was given up; nothing was published")]
    GivenUp {
        /// Of which object.
        key: String,
    },
}

impl LakeError {
    fn new<E>(action: &'static str, key: &str, error: E) -> Self
    where
        E: ProvideErrorMetadata + Into<BoxError>,
    {
        let key = key.to_owned();
        match error.code() {
            Some("NoSuchKey" | "NoSuchUpload" | "NotFound" | "404") => Self::Absent { action, key },
            _ => Self::Aws {
                action,
                key,
                source: error.into(),
            },
        }
    }

    /// Whether what was asked for is not there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }
}

impl Lake {
    /// A bucket.
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    /// Its name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Writes a whole object.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), LakeError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key);
        put.body(bytes.into())
            .send()
            .await
            .map_err(|error| LakeError::new("write", key, error))?;
        Ok(())
    }

    /// Writes a file of this machine as an object, with notes for its reader.
    pub async fn put_file(
        &self,
        key: &str,
        body: ByteStream,
        metadata: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), LakeError> {
        let mut put = self.client.put_object().bucket(&self.bucket).key(key);
        for (name, value) in metadata {
            put = put.metadata(name, value);
        }
        put.body(body)
            .send()
            .await
            .map_err(|error| LakeError::new("write", key, error))?;
        Ok(())
    }

    /// Begins an object that comes in parts. It appears when the upload is completed, whole.
    pub async fn begin(&self, key: &str) -> Result<Upload, LakeError> {
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
            .map_err(|error| LakeError::new("begin", key, error))?;
        Ok(Upload {
            id: begun.upload_id.unwrap_or_default(),
            parts: Vec::new(),
        })
    }

    /// Adds the next part, of at least 5 MiB but for the last.
    pub async fn add(&self, key: &str, upload: &mut Upload, bytes: Bytes) -> Result<(), LakeError> {
        let size = bytes.len() as u64;
        let part = self
            .client
            .upload_part()
            .bucket(&self.bucket)
            .key(key)
            .upload_id(&upload.id)
            .part_number(number(upload.parts.len()))
            .body(bytes.into())
            .send()
            .await
            .map_err(|error| LakeError::new("write a part of", key, error))?;
        upload.parts.push(Part {
            etag: part.e_tag.unwrap_or_default(),
            size,
        });
        Ok(())
    }

    /// Makes the object appear.
    pub async fn complete(&self, key: &str, upload: &Upload) -> Result<(), LakeError> {
        let parts = upload.parts.iter().enumerate().map(|(index, part)| {
            CompletedPart::builder()
                .part_number(number(index))
                .e_tag(&part.etag)
                .build()
        });
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts.collect()))
            .build();
        self.client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .upload_id(&upload.id)
            .multipart_upload(parts)
            .send()
            .await
            .map_err(|error| LakeError::new("complete", key, error))?;
        Ok(())
    }

    /// Gives an upload up. Best effort: what is left of it, the bucket's lifecycle removes.
    pub async fn abort(&self, key: &str, upload: &Upload) {
        let abort = self.client.abort_multipart_upload();
        let aborted = abort
            .bucket(&self.bucket)
            .key(key)
            .upload_id(&upload.id)
            .send()
            .await;
        if let Err(error) = aborted {
            let error = LakeError::new("give up", key, error);
            tracing::warn!(error = %telemetry::Causes(&error), "an upload is left to the lifecycle");
        }
    }

    /// Begins to read an object.
    pub async fn read(&self, key: &str) -> Result<Object, LakeError> {
        let object = self.get(key, None).await?;
        let modified = object.last_modified.as_ref().map(|at| at.secs());
        Ok(Object {
            size: object
                .content_length
                .and_then(|size| size.try_into().ok())
                .unwrap_or_default(),
            modified: modified
                .and_then(|secs| DateTime::from_timestamp(secs, 0))
                .unwrap_or_default(),
            metadata: object.metadata.unwrap_or_default(),
            body: object.body,
        })
    }

    /// Reads some bytes of an object.
    pub async fn range(&self, key: &str, range: Range<u64>) -> Result<Bytes, LakeError> {
        let last = range.end.saturating_sub(1);
        let object = self
            .get(key, Some(format!("bytes={}-{last}", range.start)))
            .await?;
        let body = object.body.collect().await;
        Ok(body
            .map_err(|error| LakeError::Aws {
                action: "read",
                key: key.to_owned(),
                source: error.into(),
            })?
            .into_bytes())
    }

    async fn get(
        &self,
        key: &str,
        range: Option<String>,
    ) -> Result<aws_sdk_s3::operation::get_object::GetObjectOutput, LakeError> {
        let get = self.client.get_object().bucket(&self.bucket).key(key);
        get.set_range(range)
            .send()
            .await
            .map_err(|error| LakeError::new("read", key, error))
    }

    /// Every object whose key begins with `prefix`: key and bytes, by key.
    pub async fn list(&self, prefix: &str) -> Result<Vec<(String, u64)>, LakeError> {
        let list = self.client.list_objects_v2().bucket(&self.bucket);
        let mut pages = list.prefix(prefix).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| LakeError::new("list", prefix, error))?;
            found.extend(page.contents.unwrap_or_default().into_iter().map(|object| {
                let size = object.size.and_then(|size| size.try_into().ok());
                (object.key.unwrap_or_default(), size.unwrap_or_default())
            }));
        }
        Ok(found)
    }

    /// Removes an object; one that is not there is no error.
    pub async fn delete(&self, key: &str) -> Result<(), LakeError> {
        let delete = self.client.delete_object().bucket(&self.bucket).key(key);
        delete
            .send()
            .await
            .map_err(|error| LakeError::new("delete", key, error))?;
        Ok(())
    }

    /// Copies an object of at most 5 GB within the bucket.
    pub async fn copy(&self, from: &str, to: &str) -> Result<(), LakeError> {
        let copy = self.client.copy_object().bucket(&self.bucket).key(to);
        copy.copy_source(format!("{}/{}", self.bucket, encoded(from)))
            .send()
            .await
            .map_err(|error| LakeError::new("copy", from, error))?;
        Ok(())
    }

    /// The key of a table's object: `table` is an export's, or `rejects`.
    pub fn table_key(table: &str, exported_at: DateTime<Utc>, id: &str) -> String {
        keys::table_key(table, exported_at, id)
    }
}

/// S3 counts parts from 1, to 10,000.
fn number(index: usize) -> i32 {
    i32::try_from(index + 1).unwrap_or(i32::MAX)
}

/// The source of a copy is a header: every byte that isn't plain is escaped.
fn encoded(key: &str) -> String {
    use std::fmt::Write;
    key.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"/-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_source_escapes_what_a_header_would_not_carry() {
        assert_eq!(encoded("raw/a [b]/é.csv"), "raw/a%20%5Bb%5D/%C3%A9.csv");
    }
}
