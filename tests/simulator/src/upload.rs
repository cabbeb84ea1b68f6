//! Attachment uploads of the vendor's REST face.

use axum::{
    body::Body,
    extract::{ConnectInfo, Path, Request, State},
    http::{
        HeaderMap,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::Response,
};
use futures::StreamExt;
use sha2::{Digest, Sha256};

use crate::{
    api::{Call, Face, header},
    attachment::{Announced, Attachment},
    connection::Scissors,
    dialect::Dialect,
    refusal::Refusal,
    world::World,
};

/// Of a refused upload so many bytes are read and thrown away: a client that is still writing would see a
/// broken connection instead of the answer.
const DRAIN_LIMIT: u64 = 64 << 20;

/// `PUT` or `POST …/conversations/{id}/attachments/{filename}`, the bytes. 200 `{}`.
pub(crate) async fn upload(
    State(face): State<Face>,
    Path((id, filename)): Path<(String, String)>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let call = Call::begin(&face, &id, &request);
    tokio::time::sleep(call.strike.delay).await;
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let refused = {
        let mut world = face.app.world();
        let admitted = call
            .admit(&mut world, &headers)
            .and_then(|client| world.check_upload(&id, &client, face.dialect, &filename, &headers));
        match admitted {
            Ok(()) => None,
            Err(refusal) => Some(call.record(&mut world, Err(refusal))),
        }
    };
    let read = read(body).await;
    if let Some(refused) = refused {
        return call.finish(&scissors, refused);
    }
    let outcome = {
        let mut world = face.app.world();
        // Looked at again: the conversation may have changed hands while the bytes came.
        let stored = call
            .admit(&mut world, &headers)
            .and_then(|client| world.check_upload(&id, &client, face.dialect, &filename, &headers))
            .and_then(|()| {
                let (size, sha256) = read.map_err(Refusal::Malformed)?;
                world.conversation_mut(&id)?.attachments.push(Attachment {
                    name: filename,
                    content_type: header(&headers, CONTENT_TYPE.as_str())
                        .unwrap_or_default()
                        .into(),
                    size,
                    sha256,
                    at: face.app.now(),
                });
                Ok(Vec::new())
            });
        call.record(&mut world, stored)
    };
    call.finish(&scissors, outcome)
}

impl World {
    fn check_upload(
        &self,
        id: &str,
        client_id: &str,
        dialect: Dialect,
        filename: &str,
        headers: &HeaderMap,
    ) -> Result<(), Refusal> {
        self.agent_of(id, client_id, dialect)?;
        let conversation = self.conversation(id)?;
        Announced {
            name: filename,
            content_type: header(headers, CONTENT_TYPE.as_str()),
            content_length: header(headers, CONTENT_LENGTH.as_str())
                .and_then(|length| length.parse().ok()),
        }
        .check(
            &conversation.medium,
            &self.config.carried_types,
            self.config.attachment_limit,
        )?;
        if conversation.attachments.iter().any(|a| a.name == filename) {
            return Err(Refusal::malformed(
                "the conversation has an attachment of this name",
            ));
        }
        Ok(())
    }
}

/// Reads a body to its end without keeping it: size in bytes and lower-case hex SHA-256.
async fn read(body: Body) -> Result<(u64, String), String> {
    let mut chunks = body.into_data_stream();
    let (mut size, mut hash) = (0_u64, Sha256::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| format!("the body broke off: {error}"))?;
        size += chunk.len() as u64;
        if size > DRAIN_LIMIT {
            return Err("the body is endless".into());
        }
        hash.update(&chunk);
    }
    Ok((size, hex::encode(hash.finalize())))
}
