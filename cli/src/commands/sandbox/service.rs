//! How the service of an issuer is configured in the practice region: one TOML file beside its books.
//!
//! Uses `world`. Every member: docs/SERVICE.md.

use crate::failure::Failure;
use crate::files::{self, Readers};
use crate::world::books::IssuerFile;
use crate::world::{World, SERVICE_BOOKS};

/// Services listen on ports of this machine from here on: 8031 for Shanghai, by the province.
const FIRST_PORT: u32 = 8_000;

/// Writes `service.toml` of an issuer. Its paths are relative to it: the region can be moved.
pub(super) fn configure(world: &World, books: &IssuerFile) -> Result<(), Failure> {
    let file = world.service_file(&books.id)?;
    let port = FIRST_PORT + books.region / 10_000;
    let IssuerFile { id, positions, .. } = books;
    let about = said!(
        "{id} 在演练地区的服务：onecode-service 加上本文件名即可启动。",
        "The service of {id} in the practice region: onecode-service and the name of this file start it."
    );
    let kept = said!(
        "首次启动时接续 issuer.json；此后以这里的账册为准，onecode card 不再变更这家机构的卡。",
        "The first start continues issuer.json. From then on these books count, and onecode card \
         changes no card of this issuer."
    );
    let text = format!(
        r#"# {about}
mode = "practice"
issuer = "{id}"
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"

[keys]
cards = "cards.pem"
status = "status.pem"

# {kept}
[books]
database = "sqlite:{SERVICE_BOOKS}"
positions = {positions}
continues = "issuer.json"

[publish]
folder = "../../published"
"#
    );
    files::write_new(&file, text.as_bytes(), Readers::Owner)
}
