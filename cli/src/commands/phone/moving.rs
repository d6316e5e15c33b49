//! `onecode phone move`: a card to a new phone by two scans. `move-ask`, `move-agree` and `move-take`
//! are its steps, with the texts of the pictures between them.

use std::io::stdin;
use std::path::{Path, PathBuf};

use onecode::card::CardId;
use onecode::request::{CardRequest, MoveAnswer, MoveQuestion, Reason, Replaces, RequestRefusal};

use super::{refused, tell, Patience, Service, SignIn};
use crate::client::{IssuerClient, Server, Token};
use crate::failure::Failure;
use crate::files::{self, failed};
use crate::handset::{self, Handset};
use crate::lang::{language, Said};
use crate::out;
use crate::time;

/// What the holder types to agree.
const AGREED: [&str; 2] = ["yes", "同意"];

/// Move the card of a phone to a new phone of the same person: both scans in one command.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode phone move old new --subject qian-wei")]
pub(crate) struct Move {
    /// The folder of the phone that has the card.
    old: PathBuf,
    /// The folder of the phone that gets it; a new one, or one without a card.
    new: PathBuf,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    consent: Consent,
    #[command(flatten)]
    patience: Patience,
}

/// The new phone shows its request: prints the text of that picture.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode phone move-ask new --service http://127.0.0.1:8031 \
    --subject qian-wei >question.txt\n  onecode phone move-agree old question.txt >answer.txt\n  \
    onecode phone move-take new answer.txt --subject qian-wei")]
pub(crate) struct Ask {
    /// The folder of the phone that gets the card; a new one, or one without a card.
    new: PathBuf,
    #[command(flatten)]
    service: Service,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    patience: Patience,
}

/// The old phone has scanned it and asks its holder: prints the text of its answer.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode phone move-agree old question.txt >answer.txt")]
pub(crate) struct Agree {
    /// The folder of the phone that has the card.
    old: PathBuf,
    /// A file with the text that the new phone shows; `-` is standard input, and needs --yes.
    question: PathBuf,
    #[command(flatten)]
    consent: Consent,
}

/// The new phone has scanned the answer, and fetches the card.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode phone move-take new answer.txt --subject qian-wei")]
pub(crate) struct Take {
    /// The folder of the phone that gets the card.
    new: PathBuf,
    /// A file with the text that the old phone shows; `-` is standard input.
    answer: PathBuf,
    #[command(flatten)]
    sign_in: SignIn,
    #[command(flatten)]
    patience: Patience,
}

/// Whether the holder of the old phone agrees.
#[derive(clap::Args)]
struct Consent {
    /// Agree without being asked: for scripts that play both holders.
    #[arg(long)]
    yes: bool,
}

impl Move {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let patience = self.patience;
        handset::card(&self.old)?;
        // Each phone is held: one that is both would wait for itself.
        let real = |folder: &Path| folder.canonicalize().ok();
        if real(&self.new).is_some() && real(&self.new) == real(&self.old) {
            return Err(on_it_already(&self.new));
        }
        let mut old = Handset::open(&self.old)?;
        let server = old.server(patience.timeout_s);
        let mut new = NewPhone::open(&self.new, server, &self.sign_in, patience)?;
        let request = new.ask()?;
        let answer = answer(&self.old, &request.text(), &self.consent)?;
        let card = new.take(&request, &answer)?;
        // The issuer has confirmed it.
        old.forget()?;
        answer!(
            "{old}：卡已转出，本机上的卡和密钥已删除",
            "{old}: the card has moved; card and key of this phone are deleted",
            old = self.old.display()
        );
        tell(&new.phone, card)
    }
}

impl Ask {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let server = self.service.server(self.patience);
        let mut new = NewPhone::open(&self.new, server, &self.sign_in, self.patience)?;
        outln!("{}", new.ask()?.text());
        Ok(())
    }
}

impl Agree {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if !self.consent.yes && self.question == Path::new("-") {
            return Err(Failure(said!(
                "标准输入是码的文本，无法再问持卡人；请用 --yes，或写明文件",
                "standard input is the text of the picture, so nobody can be asked; say --yes, or \
                 name a file"
            )));
        }
        let question = files::read_text(&self.question)?;
        outln!("{}", answer(&self.old, line(&question), &self.consent)?);
        Ok(())
    }
}

impl Take {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let answer = files::read_text(&self.answer)?;
        let phone = Handset::open(&self.new)?;
        let request = phone.asked(true).ok_or_else(|| {
            failed(
                &self.new,
                said!(
                    "这部手机没有提出转卡申请；先用 `onecode phone move-ask`",
                    "this phone has not asked for a card; `onecode phone move-ask` does"
                ),
            )
        })?;
        let client = IssuerClient::new(&phone.server(self.patience.timeout_s))?;
        let mut new = NewPhone::signed_in(phone, client, &self.sign_in, self.patience)?;
        let card = new.take(&request, line(&answer))?;
        tell(&new.phone, card)
    }
}

/// The phone that gets the card, with its holder signed in.
struct NewPhone {
    phone: Handset,
    client: IssuerClient,
    token: Token,
    wait_s: u64,
}

impl NewPhone {
    fn open(
        folder: &Path,
        server: Server,
        sign_in: &SignIn,
        patience: Patience,
    ) -> Result<Self, Failure> {
        let client = IssuerClient::new(&server)?;
        let phone = Handset::open_or_new(folder, &server)?;
        if phone.held_card()?.is_some() {
            return Err(on_it_already(folder));
        }
        Self::signed_in(phone, client, sign_in, patience)
    }

    fn signed_in(
        mut phone: Handset,
        client: IssuerClient,
        sign_in: &SignIn,
        patience: Patience,
    ) -> Result<Self, Failure> {
        let token = sign_in.token(&mut phone, &client, patience)?;
        Ok(NewPhone { phone, client, token, wait_s: patience.wait_s })
    }

    /// What it shows to the old phone.
    fn ask(&mut self) -> Result<CardRequest, Failure> {
        let token = &self.token;
        let given = self.phone.call(&self.client, self.wait_s, |client| client.challenge(token))?;
        let given = given.map_err(|error| refused(&error))?;
        let replaces = Replaces { reason: Reason::Move, card: None };
        let key = self.phone.key_or_new()?;
        let request = self.phone.request(&key, given.challenge, Some(replaces))?;
        self.phone.ask(&request)?;
        Ok(request)
    }

    /// Sends what the old phone answered.
    fn take(&mut self, request: &CardRequest, answer: &str) -> Result<CardId, Failure> {
        let answer = MoveAnswer::read(answer, request).map_err(|error| no_move(&error))?;
        let token = &self.token;
        let issued = self
            .phone
            .call(&self.client, self.wait_s, |client| client.move_card(token, request, &answer))?;
        self.phone.take(issued.map_err(|error| refused(&error))?)
    }
}

/// What the old phone answers to the text that it has scanned, if its holder agrees.
fn answer(old: &Path, question: &str, consent: &Consent) -> Result<String, Failure> {
    let held = handset::card(old)?;
    let question = MoveQuestion::read(question, held.claims(), time::now())
        .map_err(|error| no_move(&error))?;
    out::say(&question.words(language()));
    if !consent.yes && !agrees() {
        return Err(Failure(said!(
            "持卡人没有同意；卡仍在 {old}",
            "the holder did not agree; the card stays on {old}",
            old = old.display()
        )));
    }
    let agreed = question.agree();
    let code = handset::code(old, |session, key| agreed.code(session, key, time::now()))?;
    Ok(code.text().to_owned())
}

/// Whether the holder types that they agree. Nothing else, and no answer at all, is consent.
fn agrees() -> bool {
    tell!("同意请输入“同意”：", "Type yes to agree:");
    let mut typed = String::new();
    stdin().read_line(&mut typed).is_ok() && AGREED.contains(&typed.trim())
}

fn on_it_already(folder: &Path) -> Failure {
    failed(folder, said!("这部手机上已有卡", "a card is on this phone already"))
}

/// Why a phone does not go on, with what helps.
fn no_move(refusal: &RequestRefusal) -> Failure {
    let text = refusal.text(language());
    Failure(Said::in_language(format!("{} {text}", refusal.number())))
}

/// The first line of a file with the text of a picture. A space is part of its alphabet.
fn line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
