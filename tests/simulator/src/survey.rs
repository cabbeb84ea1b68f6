//! The survey a contact is asked to answer when a conversation has ended (CSAT).

use serde::{Deserialize, Serialize};

use crate::{moment::Moment, refusal::Refusal};

/// Asked where a comment is given and no other question is named.
const QUESTION: &str = "What could we do better?";

/// A contact's answer as the control face takes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SurveySpec {
    /// 1 (very unsatisfied) to 5 (very satisfied).
    pub(crate) score: Option<u8>,
    pub(crate) status: Option<SurveyStatus>,
    pub(crate) question: Option<String>,
    pub(crate) comment: Option<String>,
}

/// How a survey ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SurveyStatus {
    Successful,
    Skipped,
    NoResponse,
    NotRecognized,
}

/// A survey that is over.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Survey {
    pub(crate) score: Option<u8>,
    pub(crate) status: SurveyStatus,
    /// The follow-up question.
    pub(crate) question: Option<String>,
    /// The answer to it.
    pub(crate) comment: Option<String>,
    pub(crate) at: Moment,
}

impl SurveySpec {
    /// # Errors
    /// [`Refusal::Invalid`]: no score from 1 to 5 for a success, or one for anything else.
    pub(crate) fn answered(self, now: Moment) -> Result<Survey, Refusal> {
        let status = match (self.score, self.status) {
            (Some(1..=5), None | Some(SurveyStatus::Successful)) => SurveyStatus::Successful,
            (None, Some(status)) if status != SurveyStatus::Successful => status,
            _ => {
                return Err(Refusal::invalid(
                    "give a score from 1 to 5, or a status: skipped, no_response or not_recognized",
                ));
            }
        };
        let default_question = self.comment.as_ref().map(|_| QUESTION.into());
        Ok(Survey {
            score: self.score,
            status,
            question: self.question.or(default_question),
            comment: self.comment,
            at: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_survey_has_a_score_or_a_status_that_says_why_not() {
        for (good, body) in [
            (true, json!({"score": 1})),
            (true, json!({"score": 5, "status": "successful"})),
            (true, json!({"status": "no_response"})),
            (false, json!({})),
            (false, json!({"score": 0})),
            (false, json!({"score": 6})),
            (false, json!({"status": "successful"})),
            (false, json!({"score": 3, "status": "skipped"})),
        ] {
            let spec: SurveySpec = serde_json::from_value(body.clone()).unwrap();
            assert_eq!(spec.answered(Moment::from_unix(0)).is_ok(), good, "{body}");
        }
    }

    #[test]
    fn a_comment_answers_a_question() {
        let body = json!({"score": 4, "comment": "Quick"});
        let spec: SurveySpec = serde_json::from_value(body).unwrap();
        let survey = spec.answered(Moment::from_unix(0)).unwrap();
        assert_eq!(survey.question.as_deref(), Some(QUESTION));
    }
}
