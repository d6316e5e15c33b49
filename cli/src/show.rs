//! `onecode show`: the phone.

use std::io::{stdout, IsTerminal};
use std::path::PathBuf;

use onecode::{
    ApplicationNumber, CardId, Challenge, Code, Language, Level, MakeCodeError, QrCode, Region,
    SoftwareKey, Wallet,
};

use super::files::{self, failed, Readers};
use super::world::{self, World};
use super::{live, time, Failure};

/// Pixels of a module in a PNG.
const MODULE_PX: u32 = 8;

#[derive(clap::Args)]
pub(crate) struct Show {
    /// The region's folder.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// The card, by its name in the region.
    #[arg(long, value_name = "NAME", required_unless_present = "phone")]
    card: Option<String>,
    /// A phone: its wallet picks the card that the application needs.
    #[arg(long, value_name = "NAME", conflicts_with = "card", requires_all = ["application", "place"])]
    phone: Option<String>,
    /// The application, by id or number; the code is good for it alone. With --phone, only where
    /// the application wants that.
    #[arg(long, value_name = "ID")]
    application: Option<String>,
    /// Where the code will be shown (GB/T 2260), for the choice of the card.
    #[arg(long, value_name = "CODE", value_parser = super::region)]
    place: Option<Region>,
    /// The scanner's challenge: what it shows, or its bytes in hexadecimal digits.
    #[arg(long, value_name = "CHALLENGE", value_parser = super::challenge)]
    challenge: Option<Challenge>,
    /// As if it were this time (RFC 3339 or Unix seconds). The phone does not remember it.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
    /// Write a PNG picture.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write an SVG picture.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// How much of the picture may be lost.
    #[arg(long, value_enum, default_value = "m")]
    level: QrLevel,
    /// Print the text of the code: what a scanner reads. The default where nobody watches.
    #[arg(long)]
    text: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum QrLevel {
    /// 7 %: the smallest picture.
    L,
    /// 15 %.
    M,
    /// 25 %.
    Q,
    /// 30 %.
    H,
}

impl From<QrLevel> for Level {
    fn from(level: QrLevel) -> Self {
        match level {
            QrLevel::L => Level::L,
            QrLevel::M => Level::M,
            QrLevel::Q => Level::Q,
            QrLevel::H => Level::H,
        }
    }
}

/// A phone with the card that it shows.
pub(crate) struct Phone {
    world: World,
    name: String,
    key: SoftwareKey,
    wallet: Wallet,
    card: CardId,
    application: Option<ApplicationNumber>,
    challenge: Option<Challenge>,
    /// Whether the seconds used are remembered: not when the time is made up.
    remembers: bool,
}

pub(crate) fn show(show: Show) -> Result<(), Failure> {
    let now = show.at.unwrap_or_else(time::now);
    let mut phone = take_up(&show, now)?;
    let level = Level::from(show.level);
    let to_file = show.png.is_some() || show.svg.is_some();
    if show.at.is_none() && !to_file && !show.text && stdout().is_terminal() {
        return live::show(&mut phone, level);
    }
    let code = phone.code(now)?;
    if let Some(file) = &show.png {
        let png = draw(&code, level)?.to_png(MODULE_PX).map_err(|error| failed(file, error))?;
        files::replace(file, &png, Readers::Everybody).map_err(|error| failed(file, error))?;
    }
    if let Some(file) = &show.svg {
        let svg = draw(&code, level)?.to_svg();
        files::replace(file, svg.as_bytes(), Readers::Everybody)
            .map_err(|error| failed(file, error))?;
    }
    if show.text || !to_file && !stdout().is_terminal() {
        outln!("{}", code.text());
    } else if !to_file {
        outln!("{}", draw(&code, level)?.to_terminal());
    }
    Ok(())
}

pub(crate) fn draw(code: &Code, level: Level) -> Result<QrCode, Failure> {
    QrCode::draw(code.text(), level).map_err(|error| Failure(error.to_string()))
}

fn take_up(show: &Show, now: i64) -> Result<Phone, Failure> {
    let world = World::open(&show.world)?;
    let named = show.card.as_deref().map(|name| world.card(name)).transpose()?;
    let name = match (&named, &show.phone) {
        (Some(card), _) => card.phone.clone(),
        (None, Some(phone)) => phone.clone(),
        (None, None) => return Err(Failure("name a card or a phone".into())),
    };
    let key = world.phone_key(&name)?;
    let wallet = world.wallet(&name)?;
    let wanted = show.application.as_deref();
    let offers = wanted.map(|_| world.offers()).transpose()?;
    let application = match (wanted, &offers) {
        (Some(id), Some(offers)) => {
            let listed = offers.applications().into_iter();
            Some(world::application(id, listed).ok_or_else(|| world::no_application(id, offers))?)
        }
        _ => None,
    };
    let terms = application.zip(offers.as_ref()).zip(show.place);
    let (card, application) = match named {
        Some(card) => {
            let credential = card.credential()?;
            let id = CardId::of(credential.claims());
            if let Some(((application, offers), place)) = terms {
                if let Err(no_card) = wallet.check(id, offers, application, place, now) {
                    tell!("onecode: a gate will not take this: {no_card}");
                }
            }
            (id, application)
        }
        None => {
            let ((application, offers), place) =
                terms.ok_or_else(|| Failure("say where: --application ID --place CODE".into()))?;
            let choice = wallet.choose(offers, application, place, now).map_err(|no_card| {
                Failure(format!("{}\n{}", no_card.text(Language::Zh), no_card))
            })?;
            if choice.challenge && show.challenge.is_none() {
                tell!("onecode: this application will ask for a challenge: --challenge HEX");
            }
            (choice.card, choice.application)
        }
    };
    let (challenge, remembers) = (show.challenge.clone(), show.at.is_none());
    let phone = Phone { world, name, key, wallet, card, application, challenge, remembers };
    if show.phone.is_some() {
        tell!("onecode: {} ({})", phone.label(), phone.card);
    }
    Ok(phone)
}

impl Phone {
    /// What the holder calls the card.
    pub(crate) fn label(&self) -> &str {
        self.wallet.card(self.card).map_or("", |card| card.label())
    }

    /// A code for this second or the next free one, which is on the disk as used before anybody
    /// sees the code.
    pub(crate) fn code(&mut self, now: i64) -> Result<Code, Failure> {
        let held = self.remembers.then(|| self.world.hold_phone(&self.name)).transpose()?;
        if held.is_some() {
            // Somebody else may have made codes with this phone meanwhile.
            self.wallet = self.world.wallet(&self.name)?;
        }
        let session = self.wallet.session(self.card);
        let session = session.ok_or_else(|| {
            Failure(format!("the card {} is no longer in this phone; show the new one", self.card))
        })?;
        let code = session
            .bound_code(&self.key, now, self.application, self.challenge.clone())
            .map_err(|error| match error {
                MakeCodeError::CardExpired { expires_unix_s } => Failure(format!(
                    "the card expired on {}; its issuer has to renew it",
                    time::rfc3339(expires_unix_s)
                )),
                MakeCodeError::NoUnusedSecond { .. } => Failure(
                    "this card has had a code for each of the next seconds; wait for one second"
                        .into(),
                ),
                error => Failure(format!("no code can be made: {error}")),
            })?;
        if self.remembers {
            self.world.store_wallet(&self.name, &self.wallet)?;
        }
        Ok(code)
    }
}
