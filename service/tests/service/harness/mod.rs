//! A service on the loopback with books of its own, phones, staff, and a gate that reads what it
//! publishes.

mod gate;
pub(crate) mod phone;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::Arc;
use std::time::Duration;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::request::{CardRequest, Replaces};
use onecode::{Algorithm, PublicKey, SigningKey, SoftwareKey};
use onecode_service::clock::Clock;
use onecode_service::config::Config;
use onecode_service::Running;
use serde_json::{json, Value};
use sqlx::{Connection, Executor};
use tokio::runtime::Runtime;

pub(crate) use gate::Gate;
pub(crate) use phone::Phone;

pub(crate) const ISSUER: &str = "cn-31";
pub(crate) const REGION: u32 = 310_000;

/// When tests begin: no time of day that is special.
pub(crate) const START: i64 = 1_795_000_000;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A folder and a database that go away with the test.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) database: String,
    server: Option<(String, String)>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::on(std::env::var("DATABASE_URL").ok())
    }

    /// On SQLite, whatever `DATABASE_URL` says.
    pub(crate) fn sqlite() -> Self {
        Self::on(None)
    }

    fn on(server: Option<String>) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("onecode_service_{}_{number}", std::process::id());
        let folder = std::env::temp_dir().join(format!("{name} of tests"));
        std::fs::create_dir_all(&folder).unwrap();
        let (database, server) = match server {
            None => ("sqlite:books.db".to_owned(), None),
            Some(server) => {
                execute(&server, &format!("CREATE DATABASE {name}"));
                let (base, _) = server.rsplit_once('/').unwrap();
                (format!("{base}/{name}"), Some((server, name)))
            }
        };
        Place { folder, database, server }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.server.is_none()
    }

    /// How the test itself reaches the books.
    pub(crate) fn url(&self) -> String {
        if self.is_sqlite() {
            let file = self.folder.join("books.db").display().to_string().replace(' ', "%20");
            format!("sqlite:{file}")
        } else {
            self.database.clone()
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
        if let Some((server, name)) = &self.server {
            execute(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// Runs a statement on a database, from outside the service.
pub(crate) fn execute(url: &str, statement: &str) {
    sqlx::any::install_default_drivers();
    let run = async {
        let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
        connection.close().await.unwrap();
    };
    Runtime::new().unwrap().block_on(run);
}

/// What a test changes of the configuration.
pub(crate) struct Setup {
    pub(crate) extra: String,
    pub(crate) limits: String,
    pub(crate) positions: u32,
    pub(crate) mode: &'static str,
}

impl Default for Setup {
    fn default() -> Self {
        Setup {
            extra: String::new(),
            limits: "per_minute = 100000".into(),
            positions: 1_000,
            mode: "practice",
        }
    }
}

/// The configuration as an operator writes it.
pub(crate) fn config_text(place: &Place, setup: &Setup) -> String {
    format!(
        r#"
        mode = "{mode}"
        issuer = "{ISSUER}"
        listen = "127.0.0.1:0"
        public_url = "http://127.0.0.1"
        {extra}
        [keys]
        cards = "cards.pem"
        status = "status.pem"
        [books]
        database = "{database}"
        positions = {positions}
        [publish]
        folder = "published"
        [limits]
        {limits}
        "#,
        mode = setup.mode,
        extra = setup.extra,
        database = place.database,
        positions = setup.positions,
        limits = setup.limits,
    )
}

/// The issuer's keys in files; the public halves.
pub(crate) fn write_keys(folder: &Path) -> [PublicKey; 2] {
    ["cards", "status"].map(|name| {
        let generated = SoftwareKey::generate(Algorithm::Esp256).unwrap();
        let pem = onecode_keystore::pem::write_private(&generated.pkcs8).unwrap();
        std::fs::write(folder.join(format!("{name}.pem")), pem.as_bytes()).unwrap();
        generated.key.public_key()
    })
}

/// The whole scene.
pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) keys: [PublicKey; 2],
    pub(crate) running: Option<Running>,
    pub(crate) runtime: Runtime,
    pub(crate) now: Arc<AtomicI64>,
    agent: ureq::Agent,
    config: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after_s: Option<u64>,
    pub(crate) json: Value,
}

impl Answer {
    /// The number of a problem, 0 without one.
    pub(crate) fn number(&self) -> u64 {
        self.json["number"].as_u64().unwrap_or(0)
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status == 200 || self.status == 201, "{self:?}");
        self.json
    }

    #[track_caller]
    pub(crate) fn is(&self, number: u64) {
        assert_eq!(self.number(), number, "{self:?}");
        assert_eq!(u64::from(self.status), self.json["status"].as_u64().unwrap());
    }
}

/// Loopback, with the answers of errors as answers.
pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        // A service that answers before it has read a body closes that connection afterwards.
        .max_idle_connections(0)
        .timeout_global(Some(Duration::from_secs(60)))
        .build();
    config.into()
}

pub(crate) fn send(
    agent: &ureq::Agent,
    method: &str,
    url: &str,
    token: Option<&str>,
    body: Option<&[u8]>,
) -> Answer {
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut response = match body {
        Some(body) => agent.run(request.body(body).unwrap()).unwrap(),
        None => agent.run(request.body(()).unwrap()).unwrap(),
    };
    let retry_after = response.headers().get("retry-after");
    let retry_after_s = retry_after.map(|value| value.to_str().unwrap().parse().unwrap());
    let text = response.body_mut().read_to_string().unwrap();
    let json = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status: response.status().as_u16(), retry_after_s, json }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Setup::default())
    }

    pub(crate) fn with(setup: Setup) -> Self {
        let place = Place::new();
        let keys = write_keys(&place.folder);
        let config = config_text(&place, &setup);
        let runtime = Runtime::new().unwrap();
        let now = Arc::new(AtomicI64::new(START));
        let mut world = World { place, keys, running: None, runtime, now, agent: agent(), config };
        world.start();
        world
    }

    pub(crate) fn parsed(&self) -> Config {
        let file = self.place.folder.join("service.toml");
        std::fs::write(&file, &self.config).unwrap();
        Config::read(&file).unwrap()
    }

    pub(crate) fn clock(&self) -> Clock {
        let now = Arc::clone(&self.now);
        Clock::of(move || now.load(Ordering::Relaxed))
    }

    pub(crate) fn start(&mut self) {
        let (config, clock) = (self.parsed(), self.clock());
        let running = self.runtime.block_on(onecode_service::start(config, clock)).unwrap();
        self.running = Some(running);
    }

    pub(crate) fn reconfigure(&mut self, change: impl FnOnce(&str) -> String) {
        self.config = change(&self.config);
    }

    pub(crate) fn end(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.end()).unwrap();
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.as_ref().unwrap().address)
    }

    pub(crate) fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(crate) fn get(&self, path: &str, token: Option<&str>) -> Answer {
        send(&self.agent, "GET", &self.url(path), token, None)
    }

    pub(crate) fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        self.post_bytes(path, token, body.to_string().as_bytes())
    }

    pub(crate) fn post_bytes(&self, path: &str, token: Option<&str>, body: &[u8]) -> Answer {
        send(&self.agent, "POST", &self.url(path), token, Some(body))
    }

    pub(crate) fn citizen(&self, subject: &str) -> String {
        let token = self.post("/practice/token", None, &json!({ "subject": subject }));
        token.ok()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn staff(&self) -> String {
        let asked = json!({ "subject": "counter 7", "staff": true });
        let token = self.post("/practice/token", None, &asked);
        token.ok()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn as_staff(&self, path: &str, body: &Value) -> Answer {
        self.post(path, Some(&self.staff()), body)
    }

    /// Grants a card to a subject of the same name.
    pub(crate) fn grant(&self, reference: &str) -> Value {
        self.as_staff("/staff/cards", &grant(reference)).ok()
    }

    pub(crate) fn nonce(&self, token: &str) -> String {
        let nonce = self.post("/nonce", Some(token), &json!({})).ok();
        nonce["c_nonce"].as_str().unwrap().to_owned()
    }

    pub(crate) fn key_nonce(&self, phone: &Phone) -> String {
        let nonce = self.post("/nonce", None, &json!({ "key": phone.thumbprint() })).ok();
        nonce["c_nonce"].as_str().unwrap().to_owned()
    }

    /// Enrols a phone for the card of this reference, whose holder has the same name.
    pub(crate) fn enrol(&self, reference: &str) -> Phone {
        let mut phone = Phone::new();
        self.try_enrol(reference, &mut phone).ok();
        phone
    }

    pub(crate) fn try_enrol(&self, reference: &str, phone: &mut Phone) -> Answer {
        self.try_replace(reference, phone, None)
    }

    pub(crate) fn try_replace(
        &self,
        reference: &str,
        phone: &mut Phone,
        replaces: Option<Replaces>,
    ) -> Answer {
        let token = self.citizen(reference);
        let request = phone.request(&self.nonce(&token), replaces, None, self.now());
        let answer = self.post("/credential", Some(&token), &proofs(&request));
        phone.take(&answer.json);
        answer
    }

    pub(crate) fn renew(&self, phone: &mut Phone) -> Answer {
        let request = phone.request(&self.key_nonce(phone), None, None, self.now());
        let answer = self.post("/renewal", None, &proofs(&request));
        phone.take(&answer.json);
        answer
    }

    /// Publishes a second later, and another one if the service's own publisher had that.
    pub(crate) fn publish(&self) -> i64 {
        for attempt in 1..=20 {
            self.pass(1);
            let answer = self.as_staff("/staff/publish", &json!({}));
            if answer.status == 200 {
                return answer.json["issued_at"].as_i64().unwrap();
            }
            answer.is(971);
            // On a busy machine that one takes its time.
            std::thread::sleep(Duration::from_millis(20 * attempt));
        }
        panic!("nothing was published");
    }

    pub(crate) fn gate(&self) -> Gate {
        Gate::new(self.keys, self.place.folder.join("published"), self.now())
    }

    /// What a gate that fetches now says to the phone.
    pub(crate) fn scan(&self, phone: &mut Phone) -> Option<u16> {
        let mut gate = self.gate();
        gate.fetch(self.now());
        gate.scan(&phone.code(self.now()), self.now())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.end();
    }
}

pub(crate) fn grant(reference: &str) -> Value {
    json!({
        "reference": reference,
        "subject": reference,
        "region": REGION,
        "entitlements": [0, 1],
    })
}

pub(crate) fn proofs(request: &CardRequest) -> Value {
    let request = URL_SAFE_NO_PAD.encode(request.as_bytes());
    json!({ "proofs": { "onecode_card_request": [request] } })
}
