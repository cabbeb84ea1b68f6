//! Answers without nulls.
//!
//! Lex names the slots that it has no value for yet as `null`; the SDK takes an answer with such a
//! map for a broken one. To Lex an absent slot is the same.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use aws_sdk_lexruntimev2::config::interceptors::BeforeDeserializationInterceptorContextMut;
use aws_sdk_lexruntimev2::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lexruntimev2::error::BoxError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame};
use serde_json::Value;

/// Takes nulls out of a response before the SDK reads it.
#[derive(Debug)]
pub(super) struct WithoutNulls;

impl Intercept for WithoutNulls {
    fn name(&self) -> &'static str {
        "WithoutNulls"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        let body = Cleaned {
            inner: response.take_body(),
            read: Vec::new(),
            done: false,
        };
        *response.body_mut() = SdkBody::from_body_1_x(body);
        Ok(())
    }
}

/// A body that is handed on when all of it was read.
struct Cleaned {
    inner: SdkBody,
    read: Vec<u8>,
    done: bool,
}

impl Body for Cleaned {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        while !self.done {
            match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                // Frames without data are trailers, which nobody reads.
                Some(Ok(frame)) => self.read.extend(frame.into_data().unwrap_or_default()),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.done = true;
                    let cleaned = clean(mem::take(&mut self.read));
                    return Poll::Ready(Some(Ok(Frame::data(cleaned.into()))));
                }
            }
        }
        Poll::Ready(None)
    }
}

/// The JSON without null fields; anything else as it is.
fn clean(body: Vec<u8>) -> Vec<u8> {
    let Ok(mut json) = serde_json::from_slice(&body) else {
        return body;
    };
    drop_nulls(&mut json);
    serde_json::to_vec(&json).unwrap_or(body)
}

fn drop_nulls(json: &mut Value) {
    match json {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_fields_go_and_everything_else_stays() {
        let body = json!({"slots": {"Size": null, "Kind": {"value": null, "shape": "Scalar"}},
            "list": [null, {"a": null}, 1.5], "text": "null"});
        let expected = json!({"slots": {"Kind": {"shape": "Scalar"}}, "list": [null, {}, 1.5], "text": "null"});
        let cleaned: Value = serde_json::from_slice(&clean(body.to_string().into())).unwrap();
        assert_eq!(cleaned, expected);
    }

    #[test]
    fn what_is_not_json_is_left_alone() {
        for body in ["", "<html>", "{\"a\":"] {
            assert_eq!(clean(body.into()), body.as_bytes());
        }
    }
}
