//! The live code in a terminal: it renews itself, and says for how long it is good.
//!
//! Uses `phone` for the codes and `picture` to draw them.

use std::collections::HashMap;
use std::io::{stdout, Write};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use onecode::pacer::{Pacer, PacerStep};
use onecode::qr::PictureLayout;
use onecode::{Level, QrCode, Schedule};
use terminal_size::{terminal_size, Height, Width};

use crate::failure::Failure;
use crate::files;
use crate::lang::Said;
use crate::phone::Phone;
use crate::picture::draw;

/// Lines below the picture.
const STATUS_LINES: usize = 2;

/// Shows codes until the terminal is closed or the person has had enough.
pub(crate) fn show(phone: &mut Phone, level: Level) -> Result<(), Failure> {
    run(&mut Terminal { phone, level, is_cleared: false })
}

/// What the loop needs of the world: a test has one with a clock of its own.
trait Stage {
    fn now_unix_ms(&self) -> i64;
    /// Makes the code for that second.
    fn make(&mut self, unix_s: i64) -> Result<(Schedule, QrCode), Failure>;
    /// Shows a code, or shows it again with the seconds that are left.
    fn draw(&mut self, now_unix_s: i64, code: Schedule, picture: &QrCode) -> Result<(), Failure>;
    fn sleep(&mut self, ms: u64);
}

/// Does what the core says: which code is made and shown when is its rule.
fn run(stage: &mut impl Stage) -> Result<(), Failure> {
    let (mut pacer, mut pictures, mut on_screen) = (Pacer::new(), HashMap::new(), None);
    loop {
        let now = stage.now_unix_ms();
        let step = pacer.step(now, on_screen);
        if let PacerStep::Show { schedule } = step {
            on_screen = Some(schedule);
        }
        if let PacerStep::Make { unix_s } = step {
            match stage.make(unix_s) {
                Ok((schedule, picture)) => {
                    pictures.insert(schedule, picture);
                    pacer.made(stage.now_unix_ms(), schedule);
                    pictures.retain(|schedule, _| pacer.held().any(|held| held == *schedule));
                }
                Err(failure) if pacer.failed() => return Err(failure),
                Err(_) => {}
            }
            continue;
        }
        let now_unix_s = now.div_euclid(1_000);
        let good = |code: &Schedule| {
            (code.shown_from_unix_s..=code.good_until_unix_s).contains(&now_unix_s)
        };
        // A clock that was set may have left one on the screen that is good no more.
        let code = on_screen.filter(good);
        if let Some((code, picture)) = code.and_then(|code| pictures.get_key_value(&code)) {
            stage.draw(now_unix_s, *code, picture)?;
        }
        if let PacerStep::Wait { ms } = step {
            // No further than the next second, which has another number below the picture.
            stage.sleep(u64::from(ms).min(1_000 - now.rem_euclid(1_000) as u64));
        }
    }
}

struct Terminal<'p> {
    phone: &'p mut Phone,
    level: Level,
    is_cleared: bool,
}

impl Stage for Terminal<'_> {
    fn now_unix_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        since.as_millis().try_into().unwrap_or(i64::MAX)
    }

    fn make(&mut self, unix_s: i64) -> Result<(Schedule, QrCode), Failure> {
        let code = self.phone.code(unix_s)?;
        Ok((code.schedule(), draw(&code, self.level)?))
    }

    fn draw(&mut self, now_unix_s: i64, code: Schedule, picture: &QrCode) -> Result<(), Failure> {
        let room = fits(picture);
        if !self.is_cleared {
            room.clone().map_err(Failure)?;
            print("\x1b[2J")?;
            self.is_cleared = true;
        }
        let good_s = code.good_until_unix_s - now_unix_s;
        let renews_s = (code.renew_at_unix_s - now_unix_s).max(0);
        let status = said!(
            "{card}  还可出示 {good_s} 秒，{renews_s} 秒后换下一个。按 Ctrl-C 结束。",
            "{card}  good for {good_s} s, the next one in {renews_s} s. Ctrl-C ends.",
            card = self.phone.label()
        );
        match room {
            Ok(()) => print(&format!("\x1b[H{}\n{status}\x1b[K", picture.to_terminal())),
            Err(too_small) => print(&format!("\x1b[2J\x1b[H{too_small}")),
        }
    }

    fn sleep(&mut self, ms: u64) {
        thread::sleep(Duration::from_millis(ms));
    }
}

/// Whether the picture has room in this terminal, and what to do if not. A terminal that does not
/// say its size is taken to be large enough.
fn fits(picture: &QrCode) -> Result<(), Said> {
    let shown = picture.to_terminal();
    let (lines, columns) = (shown.lines().count() + STATUS_LINES, columns(picture));
    let Some((Width(width), Height(height))) = terminal_size() else { return Ok(()) };
    if usize::from(width) >= columns && usize::from(height) >= lines {
        return Ok(());
    }
    Err(said!(
        "终端太小：图形需要 {columns} 列、{lines} 行，现在只有 {width} 列、{height} 行。\
         请放大窗口、缩小字号，或写成图片：--png FILE",
        "this terminal is too small: the picture needs {columns} columns and {lines} lines, and it \
         has {width} and {height}. Enlarge it, take a smaller font, or write a picture: --png FILE"
    ))
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = stdout();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| files::standard_output(&error))
}

/// Characters in a line of the picture, one for each module.
fn columns(picture: &QrCode) -> usize {
    // safe: 177 modules at most
    PictureLayout::of(picture.width() as u32, 1).side_px as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_392_000;

    /// A phone whose clock is set at given times, until it has run for long enough.
    struct Scene {
        passed_ms: i64,
        set_by_ms: i64,
        /// After how many ms the clock is set, and by how much.
        sets: Vec<(i64, i64)>,
        asked: Vec<i64>,
        /// Which codes were drawn, and when the first time.
        shown: Vec<(i64, i64)>,
        /// The makings that fail, counted from 0.
        failing: Vec<usize>,
        ends_ms: i64,
    }

    impl Scene {
        fn play(sets: &[(i64, i64)], failing: &[usize], ends_ms: i64) -> (Self, String) {
            let mut scene = Scene {
                passed_ms: 0,
                set_by_ms: 300,
                sets: sets.into(),
                asked: vec![],
                shown: vec![],
                failing: failing.into(),
                ends_ms,
            };
            let Failure(end) = run(&mut scene).unwrap_err();
            (scene, end.to_string())
        }
    }

    impl Stage for Scene {
        fn now_unix_ms(&self) -> i64 {
            NOW * 1_000 + self.passed_ms + self.set_by_ms
        }

        fn make(&mut self, unix_s: i64) -> Result<(Schedule, QrCode), Failure> {
            self.asked.push(unix_s);
            if self.failing.contains(&(self.asked.len() - 1)) {
                return Err(Failure(said!("密钥没有签名", "the key does not sign")));
            }
            Ok((Schedule::new(unix_s, 60), QrCode::draw("OC1:", Level::M).unwrap()))
        }

        fn draw(&mut self, now_unix_s: i64, code: Schedule, _: &QrCode) -> Result<(), Failure> {
            assert!((code.shown_from_unix_s..code.renew_at_unix_s).contains(&now_unix_s));
            if self.shown.last().is_none_or(|last| last.0 != code.shown_from_unix_s) {
                self.shown.push((code.shown_from_unix_s, self.passed_ms));
            }
            if self.passed_ms >= self.ends_ms {
                return Err(Failure(said!("已关闭", "closed")));
            }
            Ok(())
        }

        fn sleep(&mut self, ms: u64) {
            assert!(ms > 0);
            self.passed_ms += ms as i64;
            let due = self.sets.iter().take_while(|set| set.0 <= self.passed_ms).count();
            self.set_by_ms += self.sets.drain(..due).map(|set| set.1).sum::<i64>();
        }
    }

    /// The same case runs in Kotlin, in Swift and in the core.
    #[test]
    fn a_clock_that_jumps_back_a_day_in_the_middle_of_a_window() {
        let day_ms = 86_400_000;
        let (scene, end) = Scene::play(&[(10_100, -day_ms), (41_000, day_ms)], &[], 50_000);
        let yesterday = NOW - 86_400 + 10;
        assert_eq!(scene.asked, [NOW, yesterday, yesterday + 30, NOW + 41]);
        assert_eq!(scene.shown.iter().map(|shown| shown.0).collect::<Vec<_>>(), scene.asked);
        let at_ms: Vec<i64> = scene.shown.iter().map(|shown| shown.1).collect();
        assert!(at_ms[1] <= 10_100 + 500 && at_ms[3] <= 41_000 + 500, "{at_ms:?}");
        assert_eq!(at_ms[2], 39_700);
        assert_eq!(end, "closed");
    }

    #[test]
    fn a_key_that_fails_is_reported_when_the_code_has_left() {
        let (scene, end) = Scene::play(&[], &[1], 40_000);
        assert_eq!((scene.asked, end.as_str()), (vec![NOW, NOW + 30, NOW + 30], "closed"));
        let (scene, end) = Scene::play(&[], &[1, 2], 40_000);
        assert_eq!((scene.passed_ms, end.as_str()), (29_700, "the key does not sign"));
    }
}
