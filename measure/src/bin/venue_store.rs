//! What a store in common adds to a scan: two gates on the same codes, one of them with a Valkey or
//! Redis on this machine. From line to verdict, as a turnstile's controller sees it.
//!
//! `cargo build --release -p onecode-cli && cargo run --release -p onecode-measure --bin venue_store`

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Practice cards whose codes are scanned, each at so many seconds.
const CARDS: [&str; 4] = ["lin-yue", "chen-jie", "yang-li", "wang-fang"];
const SECONDS: u64 = 50;

fn main() -> Result<()> {
    let onecode = std::env::current_exe()?.with_file_name("onecode");
    let folder = std::env::temp_dir().join(format!("onecode-venue-store-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&onecode, &folder);
    std::fs::remove_dir_all(&folder)?;
    measured
}

fn measure(onecode: &Path, folder: &Path) -> Result<()> {
    let world = folder.join("w");
    run(Command::new(onecode).arg("sandbox").arg(&world).args(["--seed", "7"]))?;
    let key = folder.join("venue.key");
    std::fs::write(&key, "07".repeat(32))?;
    let store = Store::start(folder)?;
    let url = format!("valkey://127.0.0.1:{}", store.port);
    let with_store = ["--venue-key", path(&key)?, "--store", &url, "--store-timeout", "5000"];
    // The first gate begins the store's memory, which then is made an hour old.
    Gate::open(onecode, &world, &with_store)?.close()?;
    store.settle()?;

    let codes = codes(onecode, &world)?;
    let mut alone = Gate::open(onecode, &world, &[])?;
    let mut sharing = Gate::open(onecode, &world, &with_store)?;
    let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for (number, code) in codes.iter().enumerate() {
        // Whoever is second finds the processor's caches warm.
        for which in if number % 2 == 0 { [0, 1] } else { [1, 0] } {
            let gate = if which == 0 { &mut alone } else { &mut sharing };
            times[which].push(gate.scan(code)?);
        }
    }
    alone.close()?;
    sharing.close()?;
    let [alone, sharing] = times.map(|mut times| {
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_micros();
        [at(50), at(95)]
    });
    println!("{} codes, each at both gates, from line to verdict", codes.len());
    println!("  alone:        median {} µs, 95 % within {} µs", alone[0], alone[1]);
    println!("  with a store: median {} µs, 95 % within {} µs", sharing[0], sharing[1]);
    println!("  ratio of the medians: {:.2}", sharing[0] as f64 / alone[0] as f64);
    Ok(())
}

/// Codes that are good now: of each card one for each of the last seconds.
fn codes(onecode: &Path, world: &Path) -> Result<Vec<String>> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let mut codes = Vec::new();
    for second in now - SECONDS + 20..now + 20 {
        for card in CARDS {
            let at = second.to_string();
            let mut show = Command::new(onecode);
            show.arg("show").arg("--world").arg(world).args(["--text", "--card", card]);
            codes.push(run(show.args(["--at", &at]))?.trim_end().to_owned());
        }
    }
    Ok(codes)
}

struct Gate {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Gate {
    fn open(onecode: &Path, world: &Path, more: &[&str]) -> Result<Self> {
        let mut child = Command::new(onecode)
            .arg("scan")
            .arg("--world")
            .arg(world)
            .args(["--application", "transit.bus", "--place", "320500"])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Gate { child, input, output })
    }

    fn scan(&mut self, code: &str) -> Result<Duration> {
        let began = Instant::now();
        self.input.write_all(format!("{code}\n").as_bytes())?;
        let mut verdict = String::new();
        self.output.read_line(&mut verdict)?;
        let took = began.elapsed();
        if !verdict.starts_with("{\"verdict\":\"accepted\"") {
            return Err(verdict.into());
        }
        Ok(took)
    }

    fn close(mut self) -> Result<()> {
        drop(self.input);
        self.child.wait()?;
        Ok(())
    }
}

struct Store {
    child: Child,
    port: u16,
    name: &'static str,
}

impl Store {
    fn start(folder: &Path) -> Result<Self> {
        let is_here = Command::new("valkey-server").arg("--version").output().is_ok();
        let name = if is_here { "valkey" } else { "redis" };
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new(format!("{name}-server"))
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .arg("--dir")
            .arg(folder)
            .stdout(Stdio::null())
            .spawn()?;
        let store = Store { child, port, name };
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(store);
            }
            sleep(Duration::from_millis(20));
        }
        Err("the store does not start".into())
    }

    fn command(&self, words: &[&str]) -> Result<String> {
        let mut command = Command::new(format!("{}-cli", self.name));
        let answer = run(command.args(["-p", &self.port.to_string()]).args(words))?;
        Ok(answer.trim_end().to_owned())
    }

    fn settle(&self) -> Result<()> {
        let key = self.command(&["KEYS", "onecode:*:beginning:*"])?;
        let begun = self.command(&["GET", &key])?;
        let mut words = begun.split(' ');
        let epoch = words.next().ok_or("no epoch")?;
        let [store, gate] =
            [words.next(), words.next()].map(|word| word.and_then(|word| word.parse::<i64>().ok()));
        let (store, gate) = (store.ok_or("no time")? - 3_600, gate.ok_or("no time")? - 3_600);
        self.command(&["SET", &key, &format!("{epoch} {store} {gate}")])?;
        Ok(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn path(path: &Path) -> Result<&str> {
    Ok(path.to_str().ok_or("the folder's name is no text")?)
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {output:?}").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
