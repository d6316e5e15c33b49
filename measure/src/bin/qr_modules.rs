//! Draws codes for `qr_blur.py check`, or with `--time` says what one costs.
//!
//! Reads lines of a level letter, a space and the text; answers each with the
//! version and the modules, `1` for dark.

use onecode::{Level, QrCode};
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|arg| arg == "--time") {
        return time();
    }
    for line in std::io::stdin().lines() {
        let line = line?;
        let (level, text) = line.split_once(' ').ok_or("no level")?;
        let level = match level {
            "L" => Level::L,
            "M" => Level::M,
            "Q" => Level::Q,
            "H" => Level::H,
            other => return Err(format!("no such level: {other}").into()),
        };
        let code = QrCode::draw(text, level)?;
        let bits: String = code.modules().iter().map(u8::to_string).collect();
        println!("{} {bits}", code.version());
    }
    Ok(())
}

fn time() -> Result<(), Box<dyn Error>> {
    let text: String = "OC1:".chars().chain(('A'..='Z').cycle().take(362)).collect();
    let code = QrCode::draw(&text, Level::M)?;
    each("draw, 366 characters at M", || {
        QrCode::draw(black_box(&text), Level::M).map(|c| c.width())
    });
    each("to_svg", || code.to_svg().len());
    each("to_png, 4 pixels a module", || code.to_png(4).map(|p| p.len()));
    each("to_terminal", || code.to_terminal().len());
    Ok(())
}

/// Prints the median time of `work`, in microseconds, and what it returned.
fn each<T: std::fmt::Debug>(name: &str, work: impl Fn() -> T) {
    let mut times: Vec<u128> = (0..1001)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!("{name}: {:.1} us -> {:?}", median as f64 / 1000.0, work());
}
