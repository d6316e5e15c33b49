//! The live code in a real terminal, photographed and read by a decoder that is not ours.
//!
//! The terminal is `tmux`; the photograph is drawn from its cells, two pixels high and one wide
//! for each character and then enlarged, as a terminal draws them.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use run::{folder, good, is_here, lines, onecode, with_input};

/// A terminal of so many columns and lines that runs one command.
struct Terminal {
    name: String,
}

impl Terminal {
    fn open(name: &str, columns: u32, lines: u32, command: &str) -> Self {
        // A server of its own, and never the name of one that is still ending.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("onecode-{}-{count}-{name}", std::process::id());
        let terminal = Terminal { name };
        let size = [columns.to_string(), lines.to_string()];
        // The screen stays when the command has ended.
        let command = format!("{command}; sleep 60");
        let started = terminal
            .tmux(&["-f", "/dev/null", "new-session", "-d", "-x", &size[0], "-y", &size[1]])
            .args(["sh", "-c", &command])
            .output()
            .unwrap();
        assert!(started.status.success(), "{started:?}");
        let _ = terminal.tmux(&["set", "status", "off"]).output();
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm-256color").env_remove("TMUX");
        command.arg("-u").arg("-L").arg(&self.name).args(arguments);
        command
    }

    fn captured(&self, arguments: &[&str]) -> String {
        let arguments = [&["capture-pane", "-p"], arguments].concat();
        String::from_utf8(self.tmux(&arguments).output().unwrap().stdout).unwrap()
    }

    /// The characters once they contain `wanted`.
    fn wait_for(&self, wanted: &str) -> String {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let text = self.captured(&["-J"]);
            if text.contains(wanted) {
                return text;
            }
            assert!(Instant::now() < until, "{wanted:?} never came: {text}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// A PNG of the screen: black and white, `px` pixels for each half of a character.
    fn photograph(&self, columns: usize, px: usize, file: &Path) {
        // With colours, and with the spaces at the ends of lines.
        let shown = self.captured(&["-e", "-N"]);
        let mut colours = Colours::default();
        let rows: Vec<[Vec<u8>; 2]> =
            shown.lines().map(|line| row(line, columns, &mut colours)).collect();
        let halves: Vec<&Vec<u8>> = rows.iter().flatten().collect();
        let (width, height) = (columns * px, halves.len() * px);
        let picture = image::GrayImage::from_fn(width as u32, height as u32, |x, y| {
            image::Luma([halves[y as usize / px][x as usize / px]])
        });
        picture.save(file).unwrap();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux(&["kill-server"]).output();
    }
}

/// What the characters are drawn in, as grey values. It stays from line to line.
struct Colours {
    foreground: u8,
    background: u8,
    inverse: bool,
}

impl Default for Colours {
    /// White on black, like most terminals.
    fn default() -> Self {
        Colours { foreground: 230, background: 0, inverse: false }
    }
}

/// The upper and the lower halves of a line of characters, as grey values.
fn row(line: &str, columns: usize, colours: &mut Colours) -> [Vec<u8>; 2] {
    let mut halves = [vec![], vec![]];
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c == '\x1b' {
            let (codes, after) = rest.strip_prefix('[').unwrap().split_once('m').unwrap();
            rest = after;
            let mut codes = codes.split([';', ':']).map(|code| code.parse().unwrap_or(0_u32));
            while let Some(code) = codes.next() {
                match code {
                    0 => *colours = Colours::default(),
                    7 => colours.inverse = true,
                    27 => colours.inverse = false,
                    39 => colours.foreground = Colours::default().foreground,
                    49 => colours.background = Colours::default().background,
                    38 | 48 => {
                        assert_eq!(codes.next(), Some(5), "{line:?}");
                        let grey = match codes.next() {
                            Some(16) => 0,
                            Some(231) => 255,
                            other => panic!("colour {other:?} in {line:?}"),
                        };
                        if code == 38 {
                            colours.foreground = grey;
                        } else {
                            colours.background = grey;
                        }
                    }
                    other => panic!("code {other} in {line:?}"),
                }
            }
            continue;
        }
        let Colours { foreground, background, inverse } = *colours;
        let (ink, paper) =
            if inverse { (background, foreground) } else { (foreground, background) };
        let lower = match c {
            '▄' => ink,
            ' ' => paper,
            // Letters of the line below the picture.
            _ => ink,
        };
        halves[0].push(paper);
        halves[1].push(lower);
    }
    for half in &mut halves {
        half.resize(columns, Colours::default().background);
    }
    halves
}

fn world(name: &str) -> Option<(PathBuf, String)> {
    if !is_here("tmux", "-V") {
        return None;
    }
    let folder = folder(name);
    let world = folder.join("w").to_str().unwrap().to_owned();
    good(&onecode(&["sandbox", &world]));
    Some((folder, world))
}

/// The command line of a card.
fn show(world: &str, card: &str, more: &str) -> String {
    format!("'{}' show --world '{world}' --card {card} {more}", run::COMMAND)
}

#[test]
fn a_photograph_of_the_live_code_is_read_and_accepted() {
    let Some((folder, world)) = world("live") else { return };
    if !is_here("zbarimg", "--version") {
        return;
    }
    // The everyday code, and the largest one: for one application, answering a challenge.
    let bound = "--application finance.subsidy --challenge 0123456789abcdef";
    let cases = [
        ("lin-yue", "", "transit.metro", &[][..]),
        ("yang-li", bound, "finance.subsidy", &["--challenge", "0123456789abcdef"]),
    ];
    for (card, more, application, challenge) in cases {
        let terminal = Terminal::open(card, 80, 40, &show(&world, card, more));
        let text = terminal.wait_for("Ctrl-C ends");
        assert!(text.contains("good for") && text.contains("the next one in"), "{text}");
        let photograph = folder.join(format!("{card}.png"));
        terminal.photograph(80, 4, &photograph);
        let read = Command::new("zbarimg")
            .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
            .arg(&photograph)
            .output()
            .unwrap();
        let read = String::from_utf8(read.stdout).unwrap();
        assert!(read.starts_with("OC1:"), "zbarimg read {read:?} in {}", photograph.display());
        let scan = ["scan", "--world", &world, "--application", application, "--place", "320500"];
        let verdicts = lines(&with_input(&[&scan[..], challenge].concat(), read.as_bytes()));
        assert_eq!(verdicts[0]["verdict"], "accepted", "{}", verdicts[0]);
        say!("zbarimg read {card}'s live code from an 80 x 40 terminal");
    }
}

#[test]
fn the_live_code_counts_down_and_renews() {
    let Some((_, world)) = world("renews") else { return };
    // A window of 6 seconds: a new code every 3.
    let issue = ["card", "issue", "--world", &world, "--issuer", "cn-31", "--name", "quick"];
    good(&onecode(&[&issue[..], &["--window", "6"]].concat()));
    let terminal = Terminal::open("quick", 80, 40, &show(&world, "quick", ""));
    let mut pictures = Vec::new();
    let until = Instant::now() + Duration::from_secs(30);
    while pictures.len() < 3 && Instant::now() < until {
        let text = terminal.wait_for("Ctrl-C ends");
        let status = text.lines().find(|line| line.contains("Ctrl-C ends")).unwrap();
        let next = status.split("the next one in ").nth(1).unwrap();
        let seconds: u32 = next.split(' ').next().unwrap().parse().unwrap();
        assert!((1..=8).contains(&seconds), "{status}");
        let picture = text.lines().take(30).collect::<String>();
        if !pictures.contains(&picture) {
            pictures.push(picture);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(pictures.len() >= 3, "the code never changed");
}

#[test]
fn a_terminal_that_is_too_small_is_told_so() {
    let Some((_, world)) = world("small") else { return };
    for (columns, lines) in [(80, 24), (60, 50)] {
        let terminal = Terminal::open("small", columns, lines, &show(&world, "lin-yue", ""));
        let text = terminal.wait_for("too small");
        let text = text.replace('\n', "");
        assert!(text.contains("69 columns and 37 lines"), "{text}");
        assert!(
            text.contains(&format!("{columns} and {lines}")) && text.contains("--png"),
            "{text}"
        );
    }
}
