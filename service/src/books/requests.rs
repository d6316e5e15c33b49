//! Requests that were answered: a challenge is used once, and who asks the same again gets the same
//! answer.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::issuing::IssuingRefusal;
use ring::rand::SystemRandom;
use sqlx::any::AnyRow;

use super::{column, failed, schema, Books, Change};
use crate::problem::Problem;

/// What was answered to the request with a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    name: String,
    answer: String,
}

impl Answered {
    /// The answer, if this is the request.
    pub fn to(self, name: &str) -> Result<String, Problem> {
        if self.name == name {
            Ok(self.answer)
        } else {
            Err(IssuingRefusal::ChallengeUsed.into())
        }
    }
}

fn answered(row: &AnyRow) -> Result<Answered, Problem> {
    Ok(Answered { name: column(row, "name")?, answer: column(row, "answer")? })
}

const SELECT: &str = "SELECT name, answer FROM requests WHERE challenge = $1";

/// A request that is answered.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The challenge, base64url.
    pub challenge: &'a str,
    /// The name of the request, base64url: whatever bytes its signature has.
    pub name: &'a str,
    /// The thumbprint of its key.
    pub holder: &'a str,
    /// Until when the answer is kept, and the challenge known as used.
    pub kept_until_unix_s: i64,
}

impl Books {
    /// The thumbprint of the key of a request, and the answer to it, by the request's name.
    pub async fn request_named(&self, name: &str) -> Result<Option<(String, String)>, Problem> {
        let select = "SELECT holder, answer FROM requests WHERE name = $1";
        sqlx::query_as(select).bind(name).fetch_optional(&self.reads).await.map_err(failed)
    }
}

impl Change {
    /// What was answered to the request with this challenge.
    pub async fn answered(&mut self, challenge: &str) -> Result<Option<Answered>, Problem> {
        let row = sqlx::query(SELECT).bind(challenge).fetch_optional(self.connection()).await;
        row.map_err(failed)?.as_ref().map(answered).transpose()
    }

    /// Keeps the answer. `false` if the challenge was used meanwhile: then this change is dropped.
    pub async fn answer(&mut self, request: Request<'_>, answer: &str) -> Result<bool, Problem> {
        let insert = "INSERT INTO requests (challenge, name, holder, answer, kept_until)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (challenge) DO NOTHING";
        let inserted = sqlx::query(insert)
            .bind(request.challenge)
            .bind(request.name)
            .bind(request.holder)
            .bind(answer)
            .bind(request.kept_until_unix_s)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(inserted.rows_affected() == 1)
    }
}

/// Bytes as the books write them.
pub(crate) fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Random bytes as base64url.
pub(crate) fn random_text<const N: usize>(system: &SystemRandom) -> Option<String> {
    Some(URL_SAFE_NO_PAD.encode(schema::random::<N>(system)?))
}
