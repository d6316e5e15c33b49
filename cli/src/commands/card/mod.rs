//! `onecode card`: what a card-issuing agency does in a day.
//!
//! `issue` makes a card; in `change` are the commands that take a card by its name; `publish` signs
//! the status lists.

mod change;
mod issue;
mod publish;

use self::change::{Event, OneCard, Replaced};
use crate::failure::Failure;

/// Issue, suspend, restore, revoke, replace a card; publish the status lists.
#[derive(clap::Subcommand)]
pub(crate) enum Card {
    Issue(Box<issue::Issue>),
    /// Reported lost: no gate takes it from the next status list on.
    #[command(after_help = "Example:\n  onecode card suspend --world w --card lin-yue")]
    Suspend(OneCard),
    /// Found again: gates take it again.
    #[command(after_help = "Example:\n  onecode card restore --world w --card lin-yue")]
    Restore(OneCard),
    /// Cancelled, for good.
    #[command(after_help = "Example:\n  onecode card revoke --world w --card lin-yue")]
    Revoke(OneCard),
    /// A new credential in the same phone; the old one is revoked.
    #[command(after_help = "Example:\n  onecode card replace --world w --card lin-yue")]
    Replace(Box<Replaced>),
    Publish(publish::Publish),
}

impl Card {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Card::Issue(wanted) => wanted.run(),
            Card::Suspend(card) => change::change(&card, Event::Suspend),
            Card::Restore(card) => change::change(&card, Event::Restore),
            Card::Revoke(card) => change::change(&card, Event::Revoke),
            Card::Replace(card) => change::replace(&card),
            Card::Publish(publish) => publish.run(),
        }
    }
}
