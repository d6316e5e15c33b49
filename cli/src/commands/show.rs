//! `onecode show`: a card's code, as text, as a picture, or live in a terminal.
//!
//! Uses `phone` for the code, `picture` to draw it, and `live`.

use std::io::{stdout, IsTerminal};
use std::path::PathBuf;

use onecode::card::CardId;
use onecode::{Challenge, Level, Region, Wallet};

use crate::arguments::{challenge, region};
use crate::failure::Failure;
use crate::files::{self, failed, Readers};
use crate::lang::{language, Said};
use crate::live;
use crate::phone::{Phone, Showing};
use crate::picture::{draw, MODULE_PX};
use crate::time;
use crate::world::books::CardFile;
use crate::world::{self, World};

/// Show a card's code: live in a terminal, as text elsewhere, as a picture in a file.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  onecode show --world w --card lin-yue\n  \
    onecode show --world w --card lin-yue --png code.png\n  \
    onecode show --world w --phone lin-yue --application medical.local --place 340100 --text")]
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
    #[arg(long, value_name = "CODE", value_parser = region)]
    place: Option<Region>,
    /// The scanner's challenge: what it shows, or its bytes in hexadecimal digits.
    #[arg(long, value_name = "CHALLENGE", value_parser = challenge)]
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

impl Show {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let now = self.at.unwrap_or_else(time::now);
        let mut phone = self.phone(now)?;
        let level = Level::from(self.level);
        let to_file = self.png.is_some() || self.svg.is_some();
        if self.at.is_none() && !to_file && !self.text && stdout().is_terminal() {
            return live::show(&mut phone, level);
        }
        let code = phone.code(now)?;
        if let Some(file) = &self.png {
            let png = draw(&code, level)?.to_png(MODULE_PX).map_err(|error| failed(file, error))?;
            files::replace(file, &png, Readers::Everybody).map_err(|error| failed(file, error))?;
        }
        if let Some(file) = &self.svg {
            let svg = draw(&code, level)?.to_svg();
            files::replace(file, svg.as_bytes(), Readers::Everybody)
                .map_err(|error| failed(file, error))?;
        }
        if self.text || !to_file && !stdout().is_terminal() {
            outln!("{}", code.text());
        } else if !to_file {
            outln!("{}", draw(&code, level)?.to_terminal());
        }
        Ok(())
    }

    /// The phone that is named, or that holds the card that is named.
    fn phone(&self, now: i64) -> Result<Phone, Failure> {
        let world = World::open(&self.world)?;
        let named = self.card.as_deref().map(|name| world.card(name)).transpose()?;
        let name = match (&named, &self.phone) {
            (Some(card), _) => card.phone.clone(),
            (None, Some(phone)) => phone.clone(),
            (None, None) => {
                return Err(Failure(said!("请指明一张卡或一部手机", "name a card or a phone")))
            }
        };
        let phone = Phone::take_up(world, name, |world, wallet| {
            self.choose(named.as_ref(), world, wallet, now)
        })?;
        if self.phone.is_some() {
            warn!(
                "{label}（{card}）",
                "{label} ({card})",
                label = phone.label(),
                card = phone.card()
            );
        }
        Ok(phone)
    }

    /// The card that is named, or the one that the application needs; and for which application.
    fn choose(
        &self,
        named: Option<&CardFile>,
        world: &World,
        wallet: &Wallet,
        now: i64,
    ) -> Result<Showing, Failure> {
        let wanted = self.application.as_deref();
        let offers = wanted.map(|_| world.offers(None)).transpose()?;
        let application = wanted.zip(offers.as_ref());
        let application = application.map(|(id, offers)| world::application(id, offers));
        let application = application.transpose()?;
        let terms = application.zip(offers.as_ref()).zip(self.place);
        let (card, application) = match named {
            Some(card) => {
                let credential = card.credential()?;
                let id = CardId::of(credential.claims());
                if let Some(((application, offers), place)) = terms {
                    if let Err(no_card) = wallet.check(id, offers, application, place, now) {
                        warn!(
                            "闸机不会受理：{why}",
                            "a gate will not take this: {why}",
                            why = no_card.text(language())
                        );
                    }
                }
                (id, application)
            }
            None => {
                let ((application, offers), place) = terms.ok_or_else(|| {
                    Failure(said!(
                        "请指明用在哪里：--application ID --place CODE",
                        "say where: --application ID --place CODE"
                    ))
                })?;
                let choice = wallet
                    .choose(offers, application, place, now)
                    .map_err(|no_card| Failure(Said::in_language(no_card.text(language()))))?;
                if choice.challenge && self.challenge.is_none() {
                    warn!(
                        "这个服务项目会要求核验码：--challenge HEX",
                        "this application will ask for a challenge: --challenge HEX"
                    );
                }
                (choice.card, choice.application)
            }
        };
        let (challenge, remembers) = (self.challenge.clone(), self.at.is_none());
        Ok(Showing { card, application, challenge, remembers })
    }
}
