//! The step-up: a challenge that the scanner shows, answered once, in time, by one code.

mod practice;

use onecode::catalogue::Application;
use onecode::challenge::{ChallengeError, ChallengeForm, IssuedChallenge};
use onecode::{
    Algorithm, Answer, CardCredential, Challenge, Code, CodeClaims, Context, Policy, Refusal,
    Region, Scanner, Verdict,
};
use practice::{catalogue, context, number, open_application, Practice, NOW};

struct Gate {
    world: Practice,
    scanner: Scanner,
    card: CardCredential,
}

impl Gate {
    /// With one application that asks for a challenge, or does not.
    fn new(asks: bool) -> Self {
        let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
        let mut scanner = world.scanner(Policy::default());
        let application = Application { challenge: asks, ..open_application() };
        let jws = catalogue(2, vec![application]).sign(&world.root).unwrap();
        scanner.install_catalogue(jws.as_bytes(), NOW).unwrap();
        let card = world.credential(|_| ());
        Gate { world, scanner, card }
    }

    fn issue(&mut self, form: ChallengeForm, at: i64) -> IssuedChallenge {
        self.scanner.issue_challenge(form, at).unwrap()
    }

    /// The number of the answer to a code made and scanned at that second.
    fn scan(&mut self, at: i64, challenge: Option<Challenge>) -> Option<u16> {
        let answers = challenge.map(Answer::Challenge);
        let claims = CodeClaims { answers, ..CodeClaims::at(at) };
        let code = Code::make(&self.card, &self.world.phone, &claims).unwrap();
        number(&self.scanner.scan(code.text(), &context(at)))
    }
}

/// The phone reads what the scanner shows, and only that.
fn read(issued: &IssuedChallenge) -> Option<Challenge> {
    Some(Challenge::from_text(&issued.text()).unwrap())
}

fn answer(issued: &IssuedChallenge) -> Option<Answer> {
    read(issued).map(Answer::Challenge)
}

#[test]
fn a_challenge_is_answered_once() {
    for form in [ChallengeForm::Picture, ChallengeForm::Typed] {
        let mut gate = Gate::new(true);
        let shown = gate.issue(form, NOW);
        assert_eq!(gate.scan(NOW + 5, read(&shown)), None);
        assert_eq!(gate.scan(NOW + 6, read(&shown)), Some(508), "consumed");
    }
}

#[test]
fn a_challenge_ends() {
    let mut gate = Gate::new(true);
    let shown = gate.issue(ChallengeForm::Picture, NOW);
    assert_eq!(shown.expires_unix_s, NOW + 120);
    let code = |gate: &Gate, at| {
        let claims = CodeClaims { answers: answer(&shown), ..CodeClaims::at(at) };
        Code::make(&gate.card, &gate.world.phone, &claims).unwrap()
    };
    let late = code(&gate, NOW + 119);
    let verdict = gate.scanner.scan(late.text(), &context(NOW + 120));
    let expired_unix_s = NOW + 120;
    assert_eq!(verdict, Verdict::Refused(Refusal::ChallengeExpired { expired_unix_s }));
    // The refusal has not used it up; in its last second it is good.
    assert_eq!(number(&gate.scanner.scan(late.text(), &context(NOW + 119))), None);
}

#[test]
fn whose_fault_a_missing_answer_is() {
    let mut gate = Gate::new(true);
    assert_eq!(gate.scan(NOW, None), Some(708), "the scanner's");
    assert_eq!(gate.scan(NOW, Challenge::new(&[1; 8])), Some(508), "another scanner's");
    gate.issue(ChallengeForm::Typed, NOW);
    assert_eq!(gate.scan(NOW + 1, None), Some(507), "the holder's");
    assert_eq!(gate.scan(NOW + 120, None), Some(708), "nothing is open any more");
}

#[test]
fn an_answer_is_held_to_its_challenge_wherever_it_is_shown() {
    let mut gate = Gate::new(false);
    assert_eq!(gate.scan(NOW, None), None);
    assert_eq!(gate.scan(NOW, Challenge::new(&[1; 8])), Some(508));
    let shown = gate.issue(ChallengeForm::Picture, NOW);
    // Others need not wait for the one who was asked.
    assert_eq!(gate.scan(NOW + 1, None), None);
    assert_eq!(gate.scan(NOW + 2, read(&shown)), None);
    assert_eq!(gate.scan(NOW + 3, read(&shown)), Some(508));
}

#[test]
fn a_refused_code_uses_no_challenge_up() {
    let mut gate = Gate::new(true);
    let shown = gate.issue(ChallengeForm::Picture, NOW);
    let stranger = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let card = stranger.credential(|_| ());
    let claims = CodeClaims { answers: answer(&shown), ..CodeClaims::at(NOW) };
    let code = Code::make(&card, &stranger.phone, &claims).unwrap();
    assert_eq!(number(&gate.scanner.scan(code.text(), &context(NOW))), Some(201));
    // Nor does a genuine one that is refused for another reason.
    let elsewhere = Context { place: Region::new(110_000).unwrap(), ..context(NOW) };
    let code = Code::make(&gate.card, &gate.world.phone, &claims).unwrap();
    assert_eq!(number(&gate.scanner.scan(code.text(), &elsewhere)), Some(501));
    assert_eq!(gate.scan(NOW + 1, read(&shown)), None);
}

#[test]
fn a_host_may_keep_challenges_itself() {
    let mut gate = Gate::new(true);
    let own = Challenge::new(&[3; 15]).unwrap();
    let code = |gate: &Gate, challenge: &Challenge| {
        let claims = CodeClaims { answers: Some(challenge.clone().into()), ..CodeClaims::at(NOW) };
        Code::make(&gate.card, &gate.world.phone, &claims).unwrap()
    };
    // In the context: that one and no other, the scanner's own ones included.
    let asked = Context { challenge: Some(own.clone()), ..context(NOW) };
    let shown = gate.issue(ChallengeForm::Picture, NOW);
    let answer = code(&gate, &own);
    assert_eq!(number(&gate.scanner.scan(answer.text(), &asked)), None);
    let answer = code(&gate, &shown.challenge);
    assert_eq!(number(&gate.scanner.scan(answer.text(), &asked)), Some(508));
    assert_eq!(number(&gate.scanner.scan(answer.text(), &context(NOW))), None);
    // Or handed to the scanner, which then keeps it once and in time.
    gate.scanner.expect_challenge(own.clone(), NOW + 600, NOW).unwrap();
    let twice = gate.scanner.expect_challenge(own.clone(), NOW + 600, NOW);
    assert_eq!(twice, Err(ChallengeError::Known));
    assert_eq!(gate.scan(NOW + 599, Some(own.clone())), None);
    assert_eq!(gate.scan(NOW + 599, Some(own.clone())), Some(508));
    let long = gate.scanner.expect_challenge(own, NOW + 601, NOW);
    assert_eq!(long, Err(ChallengeError::Lifetime { expires_unix_s: NOW + 601 }));
}

#[test]
fn a_challenge_shown_and_also_named_by_the_host_is_used_up() {
    let mut gate = Gate::new(true);
    let shown = gate.issue(ChallengeForm::Picture, NOW);
    let claims = CodeClaims { answers: answer(&shown), ..CodeClaims::at(NOW) };
    let code = Code::make(&gate.card, &gate.world.phone, &claims).unwrap();
    let asked = Context { challenge: read(&shown), ..context(NOW) };
    assert_eq!(number(&gate.scanner.scan(code.text(), &asked)), None);
    assert_eq!(number(&gate.scanner.scan(code.text(), &context(NOW))), Some(508));
}

#[test]
fn a_challenge_survives_a_restart_and_its_answer_too() {
    let mut gate = Gate::new(true);
    let (used, open) =
        (gate.issue(ChallengeForm::Picture, NOW), gate.issue(ChallengeForm::Typed, NOW));
    assert_eq!(gate.scan(NOW + 1, read(&used)), None);
    let old = std::mem::replace(&mut gate, Gate::new(true));
    let mut restored =
        Scanner::restore(&old.scanner.snapshot(), practice::without_status_lists()).unwrap();
    let trust = old.world.trust_list(2).sign(&old.world.root).unwrap();
    let application = Application { challenge: true, ..open_application() };
    let terms = catalogue(3, vec![application]).sign(&old.world.root).unwrap();
    restored.install_trust_list(trust.as_bytes(), NOW).unwrap();
    restored.install_catalogue(terms.as_bytes(), NOW).unwrap();
    let mut gate = Gate { scanner: restored, ..old };
    assert_eq!(gate.scan(NOW + 2, read(&used)), Some(508));
    assert_eq!(gate.scan(NOW + 3, None), Some(507));
    assert_eq!(gate.scan(NOW + 4, read(&open)), None);
    assert_eq!(gate.scan(NOW + 5, None), Some(708));
}
