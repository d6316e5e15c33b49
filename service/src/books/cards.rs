//! Cards: what the province granted to whom.

use sqlx::any::AnyRow;

use super::{column, failed, Books, Change, State};
use crate::problem::{Kind, Problem};

/// A card as it is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCard {
    /// The province's own, which says nothing to others.
    pub reference: String,
    /// The person's subject at the identity provider, where one signs in.
    pub subject: Option<String>,
    /// GB/T 2260.
    pub region: u32,
    /// One bit each.
    pub entitlements: u64,
    /// Shown by a relative.
    pub delegate: bool,
    /// A practice card.
    pub specimen: bool,
}

/// A card in the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What was granted.
    pub granted: NewCard,
    /// What became of it.
    pub state: State,
    /// Until when it is suspended, if that has an end.
    pub until_unix_s: Option<i64>,
}

macro_rules! with_columns {
    ($begin:literal, $end:literal) => {
        concat!(
            $begin,
            " reference, subject, region, entitlements, delegate, specimen, state, until ",
            $end
        )
    };
}

fn card(row: &AnyRow) -> Result<Card, Problem> {
    let entitlements: i64 = column(row, "entitlements")?;
    let region: i64 = column(row, "region")?;
    Ok(Card {
        granted: NewCard {
            reference: column(row, "reference")?,
            subject: column(row, "subject")?,
            region: u32::try_from(region).map_err(|_| Kind::Internal.with("a region"))?,
            entitlements: entitlements.cast_unsigned(),
            delegate: column::<i64>(row, "delegate")? != 0,
            specimen: column::<i64>(row, "specimen")? != 0,
        },
        state: State::of(column(row, "state")?)?,
        until_unix_s: column(row, "until")?,
    })
}

impl Books {
    /// A card by the province's reference.
    pub async fn card(&self, reference: &str) -> Result<Option<Card>, Problem> {
        let select = with_columns!("SELECT", "FROM cards WHERE reference = $1");
        let row = sqlx::query(select).bind(reference).fetch_optional(&self.reads).await;
        row.map_err(failed)?.as_ref().map(card).transpose()
    }

    /// The cards of a person.
    pub async fn cards_of(&self, subject: &str) -> Result<Vec<Card>, Problem> {
        let select =
            with_columns!("SELECT", "FROM cards WHERE subject = $1 ORDER BY reference LIMIT 100");
        let rows = sqlx::query(select).bind(subject).fetch_all(&self.reads).await;
        rows.map_err(failed)?.iter().map(card).collect()
    }

    /// Cards whose reference begins like this, the first hundred.
    pub async fn cards_like(&self, beginning: &str) -> Result<Vec<Card>, Problem> {
        // No LIKE: what is looked for may have its signs in it.
        let select = with_columns!(
            "SELECT",
            "FROM cards WHERE reference >= $1 AND reference < $2 ORDER BY reference LIMIT 100"
        );
        let end = format!("{beginning}{}", char::MAX);
        let rows = sqlx::query(select).bind(beginning).bind(end).fetch_all(&self.reads).await;
        rows.map_err(failed)?.iter().map(card).collect()
    }
}

impl Change {
    /// Grants a card. Whether it is new; one that is there stays as it is.
    pub async fn grant(&mut self, new: &NewCard, now: i64) -> Result<bool, Problem> {
        let insert = "INSERT INTO cards (reference, subject, region, entitlements, delegate,
                specimen, state, until, made)
            VALUES ($1, $2, $3, $4, $5, $6, 0, NULL, $7) ON CONFLICT (reference) DO NOTHING";
        let inserted = sqlx::query(insert)
            .bind(&new.reference)
            .bind(new.subject.as_deref())
            .bind(i64::from(new.region))
            .bind(new.entitlements.cast_signed())
            .bind(i64::from(new.delegate))
            .bind(i64::from(new.specimen))
            .bind(now)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(inserted.rows_affected() == 1)
    }

    /// A card, which nobody else changes before this change ends.
    pub async fn hold_card(&mut self, reference: &str) -> Result<Option<Card>, Problem> {
        let hold = with_columns!(
            "UPDATE cards SET reference = reference WHERE reference = $1 RETURNING",
            ""
        );
        let row = sqlx::query(hold).bind(reference).fetch_optional(self.connection()).await;
        row.map_err(failed)?.as_ref().map(card).transpose()
    }

    /// Writes what became of a card that is held.
    pub async fn set_card(
        &mut self,
        reference: &str,
        state: State,
        until_unix_s: Option<i64>,
    ) -> Result<(), Problem> {
        sqlx::query("UPDATE cards SET state = $2, until = $3 WHERE reference = $1")
            .bind(reference)
            .bind(state.number())
            .bind(until_unix_s)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// Writes who did what.
    pub async fn note(
        &mut self,
        actor: &str,
        action: &'static str,
        reference: &str,
        position: Option<u32>,
        now: i64,
    ) -> Result<(), Problem> {
        sqlx::query("INSERT INTO events VALUES ($1, $2, $3, $4, $5)")
            .bind(now)
            .bind(actor)
            .bind(action)
            .bind(reference)
            .bind(position.map(i64::from))
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(())
    }
}
