//! The service itself, on the loopback, for a practice region: in a thread of the test.

use std::path::Path;
use std::sync::Mutex;

use onecode_service::clock::Clock;
use onecode_service::config::Config;
use onecode_service::Running;
use serde_json::{json, Value};
use tokio::runtime::Runtime;
use ureq::tls::TlsConfig;
use ureq::Agent;

use crate::run::{good, onecode};

pub const ISSUER: &str = "cn-31";

pub struct Service {
    pub world: String,
    pub url: String,
    running: Mutex<Option<Running>>,
    agent: Agent,
    runtime: Runtime,
}

impl Service {
    /// A new practice region in this folder, and the service of one of its issuers, configured
    /// otherwise where that is wanted.
    pub fn with(folder: &Path, change: impl FnOnce(String) -> String) -> Self {
        let world = folder.join("w").to_str().unwrap().to_owned();
        good(&onecode(&["sandbox", &world]));
        let file = folder.join("w/issuers").join(ISSUER).join("service.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        // Any free port; the name of the provider stays.
        let text = text.replace("listen = \"127.0.0.1:8031\"", "listen = \"127.0.0.1:0\"");
        std::fs::write(&file, change(text)).unwrap();
        let runtime = Runtime::new().unwrap();
        let config = Config::read(&file).unwrap();
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let running = runtime.block_on(onecode_service::start(config, Clock::system())).unwrap();
        let url = format!("{scheme}://127.0.0.1:{}", running.address.port());
        // Staff here is the test itself: whose certificate that is, the phone's command checks.
        let tls = TlsConfig::builder().disable_verification(true).build();
        let agent = Agent::config_builder().tls_config(tls).build().into();
        Service { world, url, running: Mutex::new(Some(running)), agent, runtime }
    }

    pub fn end(&self) {
        if let Some(running) = self.running.lock().unwrap().take() {
            self.runtime.block_on(running.end()).unwrap();
        }
    }

    fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Value {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut answer = request.send(body.to_string()).unwrap();
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap()
    }

    pub fn token(&self, subject: &str, staff: bool) -> String {
        let asked = json!({ "subject": subject, "staff": staff });
        let answer = self.post("/practice/token", None, &asked);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub fn as_staff(&self, path: &str, body: &Value) -> Value {
        self.post(&format!("/staff/{path}"), Some(&self.token("counter 7", true)), body)
    }

    pub fn as_person(&self, person: &str, path: &str, body: &Value) -> Value {
        self.post(path, Some(&self.token(person, false)), body)
    }

    /// Grants a card to a person; both have this name.
    pub fn grant(&self, name: &str) -> Value {
        let card = json!({
            "reference": name, "subject": name, "region": 310_000, "entitlements": [0, 1],
        });
        self.as_staff("cards", &card)
    }

    /// Publishes; the service's own publisher may be at it for a moment.
    pub fn publish(&self) {
        let token = self.token("counter 7", true);
        for _ in 0..200 {
            let request = self.agent.post(format!("{}/staff/publish", self.url));
            if request.header("authorization", format!("Bearer {token}")).send_empty().is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("nothing was published");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.end();
    }
}
