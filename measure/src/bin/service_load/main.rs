//! What the service carries: `onecode-service` as a process of its own, asked over HTTP on the
//! loopback, beside a bare signature and a bare durable write of the same database in the same run.
//!
//! ```sh
//! cargo build --release -p onecode-service
//! cargo run --release -p onecode-measure --bin service_load
//! ```
//!
//! On SQLite, and on PostgreSQL by `DATABASE_URL` or as installed; `sqlite` or `postgresql` does one of
//! them. With 10,000 and 100,000 cards in the books; `--long` adds a million, and then renews for ten
//! minutes and looks at the memory. `--soak MINUTES` only renews, at a moderate rate, and looks at the
//! memory. `--markdown` prints the tables for docs/PERFORMANCE.md. Client and
//! service share the processors. A missed target is printed as MISS and fails nothing.

mod bare;
mod books;
mod http;
mod phones;
mod postgres;
mod process;
mod report;
mod rounds;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use books::Database;
use postgres::Postgres;
use report::Report;
use rounds::Load;

/// Connections of the client, of the bare writes, and of the service to its database.
const CONNECTIONS: usize = 16;

/// Renewals a second that are moderate: a tenth of what the service carries.
const MODERATE: u32 = 400;

/// Anything that keeps a run from ending.
type Failed = Box<dyn Error + Send + Sync>;

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(0)
}

/// What was asked for.
#[derive(Default)]
struct Asked {
    is_long: bool,
    soak_minutes: Option<u32>,
    markdown: bool,
    only: Option<&'static str>,
}

fn asked() -> Option<Asked> {
    let mut asked = Asked::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--long" => asked.is_long = true,
            "--soak" => asked.soak_minutes = Some(arguments.next()?.parse().ok()?),
            "--markdown" => asked.markdown = true,
            "sqlite" => asked.only = Some("sqlite"),
            "postgresql" => asked.only = Some("postgresql"),
            _ => return None,
        }
    }
    Some(asked)
}

fn main() -> ExitCode {
    let Some(asked) = asked() else {
        eprintln!("[--long] [--soak MINUTES] [--markdown] [sqlite | postgresql]");
        return ExitCode::from(2);
    };
    match run(&asked) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("service_load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(asked: &Asked) -> Result<ExitCode, Failed> {
    let mut report = Report::default();
    let mut code = ExitCode::SUCCESS;
    if asked.only != Some("postgresql") {
        let folder = Folder::new("sqlite")?;
        let database = Database::Sqlite(folder.0.clone());
        measure(&database, &folder, asked, &mut report)?;
    }
    if asked.only != Some("sqlite") {
        match Postgres::open()? {
            Some(postgres) => {
                let folder = Folder::new("postgresql")?;
                measure(&Database::Postgres(postgres), &folder, asked, &mut report)?;
            }
            None => {
                println!("SKIPPED: DATABASE_URL names no PostgreSQL, and none is installed");
                if std::env::var_os("ONECODE_REQUIRE_TOOLS").is_some() {
                    code = ExitCode::FAILURE;
                }
            }
        }
    }
    report.print(asked.markdown);
    Ok(code)
}

fn measure(
    database: &Database,
    folder: &Folder,
    asked: &Asked,
    report: &mut Report,
) -> Result<(), Failed> {
    let sizes: &[u32] =
        if asked.is_long { &[10_000, 100_000, 1_000_000] } else { &[10_000, 100_000] };
    let most = sizes.last().copied().unwrap_or_default();
    let config = process::configure(&folder.0, &database.setting(), most * 2)?;
    // It makes its tables.
    process::Process::start(&config)?.end()?;
    let mut granted = 0;
    if let Some(minutes) = asked.soak_minutes {
        let mut load = Load::prepare(database, &config, most, &mut granted)?;
        load.minutes(minutes, Some(MODERATE), report)?;
        return load.end(report);
    }
    for cards in sizes {
        let mut load = Load::prepare(database, &config, *cards, &mut granted)?;
        let rounds = if asked.is_long { [10, 5] } else { [5, 3] };
        load.renewals(rounds[0], report)?;
        load.issues(rounds[1], report)?;
        if asked.is_long && *cards == most {
            load.minutes(10, None, report)?;
        }
        load.end(report)?;
    }
    Ok(())
}

/// Goes away with the run.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Result<Self, Failed> {
        let name = format!("onecode_load_{name}_{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(Folder(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
