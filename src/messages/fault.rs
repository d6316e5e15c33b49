//! Where the cause of a refusal is.

/// Where the cause of a refusal most likely is, and so who can fix it.
///
/// It sorts refusals for a hotline and for statistics. It accuses nobody, and is not for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// What was shown, or how it was held: another kind of code, an old one, or one for something
    /// else. Showing the right code helps.
    Code,
    /// The app on the phone: it makes invalid codes. Its makers can fix it.
    App,
    /// The phone's clock, the scanner's clock, or a picture of a code. One scan cannot tell which.
    Clocks,
    /// The phone's clock, or an old picture: the scanner's clock agrees with those of other phones.
    PhoneClock,
    /// The scanner's clock.
    ScannerClock,
    /// The scanner's lists, settings or software. The holder must be served in another way.
    Scanner,
    /// The card: expired, reported lost, cancelled, or a function is not activated. Holder and
    /// issuer can fix it together.
    Card,
    /// The card-issuing agency and its keys. It must reissue or explain.
    Issuer,
    /// A rule of the application, as published in the catalogue. Another way may be possible.
    Rule,
    /// A forgery or a broken app; a scan cannot tell which. The operator must look into it.
    Forgery,
}

impl Fault {
    /// A short name that never changes, for vectors and logs.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Code => "code",
            Fault::App => "app",
            Fault::Clocks => "clocks",
            Fault::PhoneClock => "phone_clock",
            Fault::ScannerClock => "scanner_clock",
            Fault::Scanner => "scanner",
            Fault::Card => "card",
            Fault::Issuer => "issuer",
            Fault::Rule => "rule",
            Fault::Forgery => "forgery",
        }
    }
}
