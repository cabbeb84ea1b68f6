//! Errors for people, causes included.

use std::error::Error;
use std::fmt;

/// An error followed by its causes, each as it describes itself. Never by `Debug`: DynamoDB's errors
/// hold the item that refused a write, and with it what people wrote.
#[derive(Clone, Copy)]
pub struct Causes<'a>(pub &'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::AttributeValue;
    use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;

    use crate::StoreError;

    #[test]
    fn causes_are_told_and_what_people_wrote_is_not() {
        let refused = ConditionalCheckFailedException::builder()
            .message("the condition failed")
            .item("body", AttributeValue::S("what the contact wrote".into()))
            .build();
        assert!(
            format!("{refused:?}").contains("what the contact wrote"),
            "the danger is real"
        );
        let error = StoreError::Aws(refused.into());
        let told = Causes(&error).to_string();
        assert!(
            told.contains("DynamoDB") && told.contains("the condition failed"),
            "{told}"
        );
        assert!(!told.contains("what the contact wrote"), "{told}");
    }
}
