//! The live code in a terminal: it renews itself, and says for how long it is good.
//!
//! Uses `phone` for the codes and `picture` to draw them.

use std::io::{stdout, Write};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use onecode::{Level, QrCode};
use terminal_size::{terminal_size, Height, Width};

use crate::failure::Failure;
use crate::phone::Phone;
use crate::picture::draw;
use crate::time;

/// Lines below the picture.
const STATUS_LINES: usize = 2;

/// Shows codes until the terminal is closed or the person has had enough.
pub(crate) fn show(phone: &mut Phone, level: Level) -> Result<(), Failure> {
    let mut code = phone.code(time::now())?;
    let mut picture = draw(&code, level)?;
    fits(&picture).map_err(Failure)?;
    print("\x1b[2J")?;
    loop {
        let now = time::now();
        let schedule = code.schedule();
        if now >= schedule.renew_at_unix_s {
            // For the very second of the renewal, unless this process slept through it.
            code = phone.code(now)?;
            picture = draw(&code, level)?;
            continue;
        }
        // A code that had to be made for one of the next seconds is not shown before.
        if now >= schedule.shown_from_unix_s {
            let good_s = schedule.good_until_unix_s - now;
            let renews_s = schedule.renew_at_unix_s - now;
            let status = format!(
                "{}  good for {good_s} s, the next one in {renews_s} s. Ctrl-C ends.",
                phone.label()
            );
            match fits(&picture) {
                Ok(()) => print(&format!("\x1b[H{}\n{status}\x1b[K", picture.to_terminal()))?,
                Err(too_small) => print(&format!("\x1b[2J\x1b[H{too_small}"))?,
            }
        }
        thread::sleep(to_next_second());
    }
}

/// Whether the picture has room in this terminal, and what to do if not. A terminal that does not
/// say its size is taken to be large enough.
fn fits(picture: &QrCode) -> Result<(), String> {
    let shown = picture.to_terminal();
    let (lines, columns) = (shown.lines().count() + STATUS_LINES, picture.width() + 8);
    let Some((Width(width), Height(height))) = terminal_size() else { return Ok(()) };
    if usize::from(width) >= columns && usize::from(height) >= lines {
        return Ok(());
    }
    Err(format!(
        "this terminal is too small: the picture needs {columns} columns and {lines} lines, and it \
         has {width} and {height}. Enlarge it, take a smaller font, or write a picture: --png FILE"
    ))
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = stdout();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Failure(format!("standard output: {error}")))
}

/// How long the current second still lasts.
fn to_next_second() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_secs(1).saturating_sub(Duration::from_nanos(since.subsec_nanos().into()))
}
