//! What each command and each argument is for, in Chinese. A table.

/// By the path of the command. A second paragraph is for `--help` alone.
pub(super) const ABOUT: &[(&str, &str)] = &[
    ("", "社保卡上的一个二维码，离线核验"),
    ("sandbox", "在新文件夹里建一个演练地区：签署方、发卡机构、名单、卡、手机、扫码设备"),
    ("show", "出示一张卡的码：终端里实时刷新，其他场合输出文本，也可写成图片文件"),
    ("scan", "离线判定：标准输入的每一行或每张图片，输出一行 JSON"),
    ("preflight", "班前检查：每份名单发布了多久，每个服务项目能正常受理到什么时候"),
    ("fetch", "从服务器或文件夹取闸机所需的名单：只取新的，没有增量可接时才取整份"),
    ("mirror", "复制整个发布点：用于 U 盘，或内网的服务器"),
    ("publish", "发布演练地区各发卡机构的卡状态名单和一份新索引"),
    ("receipts", "检查、统计闸机的受理回执，据此重新核验，或转交其中一份"),
    ("receipts verify", "说明回执链是否完整，不完整时断在哪里"),
    (
        "receipts replay",
        "按受理回执重新核验：判定相同，各项数值齐全\n\n\
         标准输入是码的文本，每行一个，与 `onecode scan` 读入的相同。其中某个码的每份回执，\
         输出一行 JSON：判定和回执的编号；须用其他名单、或判定不同时，输出 `not_replayed` \
         和原因；没有回执的码，输出 `no_receipt`。",
    ),
    (
        "receipts totals",
        "按月统计，不含个人：按原因、发卡地、服务项目、闸机统计通过和拒绝\n\n\
         数字可直接公布：一律向下取整为 5 的倍数，不足 5 的只说少于 5。几台闸机的回执可一并统计；\
         同一台闸机的回执须按先后排列。",
    ),
    ("receipts evidence", "把一次投诉的证据装进一个文件，或核查这样的文件"),
    (
        "receipts evidence make",
        "把一次扫码的证据装进一个文件：回执、名单，有码的文本时一并装入\n\n\
         文件里有这份回执和链上前后的回执，以及闸机当时所有的根密钥名录、发卡机构名单、\
         应用项目清单、停用通知和卡状态名单的全文。写入之前先行核查，并注明由哪个省市答复。",
    ),
    (
        "receipts evidence check",
        "说明闸机那里发生了什么，按它当时所有的名单判定是否正确，以及还有什么没有证明\n\n\
         除根密钥名录外，所需的都在文件里：不认识其中名录的人，凭它得不到任何证明。\
         文件里有码的文本时，重新核验一次。",
    ),
    ("card", "卡的签发、挂失、解除挂失、注销、补换，以及发布卡状态名单"),
    ("card issue", "向演练地区的一部手机签发一张卡"),
    ("card suspend", "挂失：从下一份卡状态名单起，闸机不再受理"),
    ("card restore", "解除挂失：闸机恢复受理"),
    ("card revoke", "注销：永久停用"),
    ("card publish", "按账册签发并发布一家发卡机构的卡状态名单"),
    ("card replace", "补换：在同一部手机里换发新的卡凭证，注销旧的"),
    ("phone", "扮演一部手机：从发卡机构的服务领卡、更新、换手机、出示码"),
    ("phone enrol", "从发卡机构的服务领一张卡，装进新手机"),
    ("phone renew", "更新手机上的卡，只凭手机的密钥"),
    ("phone move", "把卡从一部手机转到同一人的新手机：一个命令完成两次扫码"),
    ("phone move-ask", "新手机出示申请：输出图中的文本"),
    ("phone move-agree", "旧手机扫码后征求持卡人同意：输出应答图中的文本"),
    ("phone move-take", "新手机扫到应答，随即领卡"),
    ("phone show", "出示手机上那张卡的码。不需要网络"),
    ("sign", "以一家签署方的身份签署文档，或合并几家的签名"),
    ("sign roots", "由谁代表本地区签署"),
    ("sign trust-list", "承认哪些发卡机构，它们的密钥可以签什么"),
    ("sign catalogue", "有哪些服务项目，各按什么规则受理"),
    ("sign withdrawal", "立即停用发卡机构的哪些密钥"),
    ("sign index", "哪些版次和停用通知是最新的"),
    ("sign join", "把几家签署方对同一份文档的签名合在一起"),
    ("roots", "地区的根密钥名录：由谁签署，用哪些密钥，须几家签名"),
    ("roots entry", "写出一家签署方的条目：标识、名称、对应的发卡机构、公钥"),
    ("roots make", "由各签署方的条目写出第一版的内容"),
    ("roots next", "写出下一版的内容：版次、前一版的哈希和日期自动填好"),
    ("roots walk", "从最早的一版起逐版核验，说明每一步"),
    ("roots show", "用文字说明一份根密钥名录的内容，并分组写出哈希，以便念读核对"),
    ("roots begin-anew", "在已有状态的闸机上重新开始：此后只信任所配置的根密钥名录"),
    ("withdraw", "立即停用发卡机构的密钥，最长 14 天；一家签署方即可"),
    ("audit", "检查已发布的全部文档：链、签名数、分叉，以及谁签了什么"),
    ("catalogue", "应用项目清单：供市民阅读的网页，两版之间的变更"),
    (
        "catalogue page",
        "生成一个中英文网页，适合手机、读屏软件和打印\n\n\
         网页不加载任何外部内容，也不运行脚本。同一个文件生成的网页逐字节相同。",
    ),
    ("catalogue diff", "用文字说明两版清单之间的变更"),
    ("keygen", "生成私钥，PKCS#8 PEM 格式或在令牌里"),
    ("key", "显示私钥对应的公钥：PEM、JWK、指纹、密钥编号"),
    ("explain", "显示码的内容。未经核验：不核验任何签名"),
    ("reason", "某个拒绝编号的热线说明页；不给编号则列出全部"),
    ("completions", "打印 shell 补全脚本"),
];

/// By the path of the command and the name of the argument, or by that name alone where the same
/// is said everywhere.
pub(super) const ARGUMENTS: &[(&str, &str)] = &[
    ("lang", "用中文（zh）还是英文（en）回答；不指定时看 LC_ALL、LC_MESSAGES、LANG"),
    ("world", "演练地区的文件夹"),
    ("scan world", "演练地区的文件夹：用到其中的 `roots.json` 和 `published/`"),
    ("preflight world", "演练地区的文件夹：用到其中的 `roots.json` 和 `published/`"),
    (
        "receipts verify world",
        "演练地区的文件夹：用到其中的 `roots.json`，以及 `published/` 里的根密钥名录和发卡机构名单",
    ),
    (
        "receipts replay world",
        "演练地区的文件夹：用到其中的 `roots.json` 和 `published/`，卡状态名单须是当时的",
    ),
    (
        "receipts totals world",
        "演练地区的文件夹：用到其中的 `roots.json`，以及 `published/` 里的根密钥名录、发卡机构名单和应用项目清单",
    ),
    (
        "receipts evidence make world",
        "演练地区的文件夹：用到其中的 `roots.json` 和 `published/`，卡状态名单须是当时的",
    ),
    ("receipts evidence check world", "演练地区的文件夹：信任其中的 `roots.json`"),
    (
        "receipts evidence check roots",
        "所信任的：签过的根密钥名录，写成 sha256:HASH 的哈希，或单独一个公钥（PEM 或 JWK）",
    ),
    (
        "roots",
        "代替 `roots.json` 的初始配置：签过的根密钥名录，写成 sha256:HASH 的哈希，\
         或单独一个公钥（PEM 或 JWK）",
    ),
    ("at", "假定现在是这个时间（RFC 3339 或 Unix 秒）"),
    ("show at", "假定现在是这个时间（RFC 3339 或 Unix 秒）。手机不会记住它"),
    ("scan at", "假定每一行都在这个时间（RFC 3339 或 Unix 秒）"),
    ("receipts verify at", "假定现在是这个时间（RFC 3339 或 Unix 秒）：哪些密钥已被撤销"),
    ("receipts replay at", "假定现在是这个时间（RFC 3339 或 Unix 秒）：哪些密钥已被撤销"),
    ("receipts totals at", "假定现在是这个时间（RFC 3339 或 Unix 秒）：哪些密钥已被撤销"),
    ("receipts evidence make at", "假定现在是这个时间（RFC 3339 或 Unix 秒）：哪些密钥已被撤销"),
    ("receipts evidence check at", "假定现在是这个时间（RFC 3339 或 Unix 秒）：哪些密钥已被撤销"),
    ("json", "输出 JSON"),
    ("card", "卡，用它在演练地区的名称"),
    ("pkcs11_module", "令牌的 PKCS#11 库；URI 里没有 module-path 时使用"),
    // sandbox
    ("folder", "新文件夹"),
    ("seed", "由这个数字生成全部密钥：供可重复的演练使用，不可用于其他场合"),
    ("positions", "每家发卡机构的卡状态名单可容纳多少张卡"),
    // show
    ("phone", "手机：由它的卡包选出服务项目所需的卡"),
    (
        "show application",
        "服务项目，用标识或编号；码只能用于这一项。与 --phone 同用时，仅在该项目有此要求时限定",
    ),
    ("show place", "将在哪里出示（GB/T 2260 代码），供选卡使用"),
    ("show challenge", "扫码设备的核验码：照它显示的写，或写成十六进制数字"),
    ("png", "写成 PNG 图片"),
    ("svg", "写成 SVG 图片"),
    ("level", "纠错等级，即图形可损失多少：l 为 7 %（图形最小），m 为 15 %，q 为 25 %，h 为 30 %"),
    ("show text", "输出码的文本，即扫码设备读到的内容。输出不到终端时默认如此"),
    // fetch, mirror
    ("source", "发布点的网址，或存有名单的文件夹"),
    ("folder", "名单保存到哪个文件夹"),
    ("mirror folder", "复制到哪个文件夹"),
    ("fetch roots", "所配置的根：签署过的根密钥名录、它的哈希 sha256:HASH，或单独一把公钥（PEM 或 JWK）"),
    ("mirror roots", "名单由谁签署：签署过的根密钥名录、它的哈希 sha256:HASH，或单独一把公钥（PEM 或 JWK）"),
    ("fetch every", "一直取下去，大约每隔多少秒取一次；失败后提早再取"),
    ("fetch ca", "服务器的证书由谁签发，PEM 文件；不指定时用系统认可的签发机构"),
    ("mirror ca", "服务器的证书由谁签发，PEM 文件；不指定时用系统认可的签发机构"),
    ("timeout", "取一个文件最多多少秒"),
    // scan
    ("scan lists", "名单的来处，代替地区的 `published/`：发布点的网址（取到 --keep 的文件夹），或由别人更新的文件夹"),
    ("scan keep", "取来的名单保存在哪个文件夹"),
    ("scan every", "大约每隔多少秒取一次名单"),
    ("scan ca", "名单服务器的证书由谁签发，PEM 文件；不指定时用系统认可的签发机构"),
    ("scan application", "这台扫码设备的服务项目，用标识或编号"),
    ("scan place", "扫码设备在哪里（GB/T 2260 代码）"),
    ("scan challenge", "扫码设备显示过的核验码：照显示的写，或写成十六进制数字"),
    ("ask", "逐个生成核验码，各输出一行以供显示：picture 为二维码的文本，typed 为供人输入的 8 个字符"),
    ("tolerance", "手机和扫码设备的时间最多可以相差多少秒，不超过 120"),
    (
        "scan without_status_lists",
        "从未装入卡状态名单也照常工作。只用于取不到名单的地方：此时无从知道卡是否已挂失",
    ),
    ("specimens", "受理演练用卡，并注明是演练用卡。正式服务不可使用"),
    (
        "scan metrics",
        "把供监控用的运行数据写入这个文件，格式为 OpenMetrics 文本：每 15 秒一次，出了问题立即写。\
         放在内存文件夹里可减少磁盘写入",
    ),
    (
        "scan state",
        "把扫码设备的记录保存在这个文件里：用过的码、名单的版本、时间、核验码。\
         每台运行中的扫码设备要有自己的文件",
    ),
    (
        "receipts",
        "把每次判定的受理回执追加到这个文件，逐份链接。须同时保存状态：链从状态接续",
    ),
    ("scan scanner", "扫码设备在回执里的编号，例如 cn-32.gate-1"),
    ("scanner_key", "签发回执的密钥，PEM 文件或 PKCS#11 URI；不指定时用演练地区的 `scanners/ID.pem`"),
    (
        "venue_key",
        "本场所各闸机共用的密钥文件，内容为 64 个十六进制数字，可用 `openssl rand -hex 32` 生成",
    ),
    ("share", "通过这个文件夹里的文件，与其他闸机共享用过的码：网络文件夹，或会同步的文件夹"),
    ("gate", "这台闸机在共享文件夹里的名字。每台闸机要有自己的名字"),
    (
        "store",
        "通过这个 Valkey 或 Redis，与其他闸机共享用过的码：valkeys://主机（TLS），\
         或 valkey://用户@主机:端口/库号",
    ),
    ("store_password", "存储密码所在的文件，内容一行"),
    ("store_ca", "核对存储 TLS 证书所用的根证书，PEM；不指定时用系统的"),
    ("store_timeout", "一次扫码最多等存储多少毫秒，不超过 5000"),
    (
        "rotate_daily",
        "每天（按北京时间）新开一个回执文件；旧文件以其第一份回执的编号命名，例如 receipts.txt.000000041200",
    ),
    ("rotate_bytes", "回执文件超过这个字节数之前，新开一个"),
    (
        "keep_days",
        "旧文件里的回执全部超过这么多天时，删除该文件。以回执里的日期为准，与闸机所有的最新名单和闸机时钟\
         二者中较早的相比。没有指定其他换文件的办法时，每天新开一个",
    ),
    ("pictures", "含码的图片，PNG 或 JPEG；没有图片时从标准输入读码的文本，每行一个"),
    // preflight
    ("preflight application", "只看这个服务项目（标识或编号），并以它是否就绪为退出状态"),
    ("preflight lists", "闸机保存名单的文件夹，代替地区的 `published/`"),
    ("preflight place", "只看这里受理的项目（GB/T 2260 代码）"),
    ("preflight without_status_lists", "按不装卡状态名单的扫码设备检查"),
    ("hours", "从现在起这么多小时内都能正常受理，才算就绪"),
    ("preflight state", "扫码设备的状态，即 `onecode scan` 保存的文件"),
    // receipts
    ("receipts verify scanner", "回执必须属于哪台扫码设备；不指定时以第一份为准"),
    ("receipts verify state", "扫码设备的状态：只有凭它才能知道最后几份回执是否齐全"),
    ("list", "把每份回执输出为一行 JSON"),
    ("from", "第一份回执的编号，用于更早的回执存放在别处时"),
    ("month", "只统计这个月，按北京时间"),
    ("exact", "不取整。不可公布：数字为 1 就会说到某个人"),
    ("receipt_number", "回执的编号；`onecode receipts replay` 可按码的文本查出"),
    ("scanned_text", "存有码的文本的文件，投诉人有文本时使用；`-` 表示标准输入"),
    ("status_folder", "另外在这个文件夹里查找当时的卡状态名单：地区的文件夹会删除旧的"),
    (
        "later",
        "附上后面多少份回执：附到另处保存过的编号为止，可以多证明一些。那些是别人的，不含姓名",
    ),
    ("evidence_out", "新文件，只有所有者可读"),
    ("evidence_file", "证据文件，由 `onecode receipts evidence make` 写出；`-` 表示标准输入"),
    ("files", "受理回执，即 `onecode scan --receipts` 写成的文件；有多个时从最早的排起"),
    // card issue
    ("card issue issuer", "发卡机构，例如 cn-31"),
    ("card issue issuer_key", "发卡机构签发卡凭证的密钥，PEM 文件或 PKCS#11 URI；不指定时用演练地区的"),
    ("card replace issuer_key", "发卡机构签发卡凭证的密钥，PEM 文件或 PKCS#11 URI；不指定时用演练地区的"),
    ("status_key", "发卡机构签发名单的密钥，PEM 文件或 PKCS#11 URI；不指定时用演练地区的"),
    ("card issue name", "卡的新名称：小写字母、数字和 `-`"),
    ("card issue phone", "由哪部手机持有；不指定时新建一部与卡同名的手机"),
    ("card issue region", "卡的归属地（GB/T 2260 代码）；不指定时用发卡机构所在地区"),
    ("entitlements", "功能，用应用项目清单中的标识，以逗号分隔"),
    ("window", "一个码可以出示多少秒（1 至 300）"),
    ("days", "卡凭证多少天后到期，不超过 36500"),
    ("confirm", "声明卡现在有效：卡自带状态证明"),
    ("delegate", "亲情卡，由亲属代为出示"),
    ("specimen", "演练用卡"),
    ("publish_issuer", "发卡机构，例如 cn-31"),
    ("status_signer", "在别处签名的状态密钥的公钥，PEM 或 JWK"),
    ("prepare_folder", "把密钥要签的内容写到这个新文件夹"),
    ("attach_folder", "取这个文件夹里的签名，核验后发布名单"),
    // phone
    ("phone enrol phone", "手机的文件夹；新建，或其中还没有卡"),
    ("phone renew phone", "手机的文件夹"),
    ("phone show phone", "手机的文件夹"),
    ("old", "有卡的手机的文件夹"),
    ("new", "要得到卡的手机的文件夹；新建，或其中还没有卡"),
    ("phone move-take new", "要得到卡的手机的文件夹"),
    ("url", "发卡机构服务的地址"),
    ("ca", "服务的证书由谁签发，PEM 文件；不指定时用系统认可的签发机构"),
    ("subject", "持卡人，仅用于演练地区：其服务为任何人签发登录凭据"),
    ("token", "存有持卡人登录凭据的文件；`-` 表示标准输入"),
    ("code", "存有窗口所给领卡码的文件；`-` 表示标准输入"),
    ("phone enrol card", "领持卡人的哪一张卡，用发卡机构的编号；有多张时必须写明"),
    ("replaces", "这部手机取代已丢失（lost）或已损坏（broken）的手机，旧手机随后被拒绝"),
    ("if_due", "到了应更新的时间才更新，与手机自己的做法相同"),
    ("wait_s", "服务连接不上或繁忙时，继续尝试多少秒"),
    ("timeout_s", "最多等候应答多少秒"),
    ("question", "存有新手机图中文本的文件；`-` 表示标准输入，须同时用 --yes"),
    ("answer", "存有旧手机图中文本的文件；`-` 表示标准输入"),
    ("yes", "不再询问，直接同意：供同时扮演双方的脚本使用"),
    ("phone show challenge", "扫码设备的核验码：照它显示的写，或写成十六进制数字"),
    ("phone show text", "输出码的文本，即扫码设备读到的内容。输出不到终端时默认如此"),
    // sign
    ("content", "JSON 格式的内容；`-` 表示标准输入"),
    ("document", "别的签署方签过的文档"),
    ("prepared", "--prepare 写的文件，供 --attach 使用"),
    ("key", "私钥：PKCS#8 PEM 文件，或 PKCS#11 URI"),
    ("signer", "在别处签名的密钥的公钥，PEM 或 JWK；与 --prepare 或 --attach 同用"),
    ("prepare", "把密钥要签的字节写到这个新文件，并说明其含义"),
    ("attach", "附上这个文件里的签名，先行核验"),
    ("der", "签名是 DER 格式，即 OpenSSL 的 ECDSA 和 SM2 签名格式"),
    ("raw", "签名是 64 个字节的原始格式"),
    ("holder", "演练地区中用其密钥签名的签署方"),
    ("signed", "签好的文档；`-` 表示标准输出。文件里已有别家对同一内容的签名时，加上这一个"),
    ("known_roots", "现行的根密钥名录，从第一版起逐版列出：据此说明谁的签名算数"),
    ("copies", "同一份文档的几个副本，各有几家的签名"),
    ("sign join world", "演练地区的文件夹：据其根密钥名录说明谁的签名算数"),
    ("sign roots world", "演练地区的文件夹：签署中的文档在 `signing/` 里，签名够数即发布"),
    ("sign trust-list world", "演练地区的文件夹：签署中的文档在 `signing/` 里，签名够数即发布"),
    ("sign catalogue world", "演练地区的文件夹：签署中的文档在 `signing/` 里，签名够数即发布"),
    ("sign withdrawal world", "演练地区的文件夹：签署中的文档在 `signing/` 里，签名够数即发布"),
    ("sign index world", "演练地区的文件夹：签署中的文档在 `signing/` 里，签名够数即发布"),
    // roots
    ("id", "不再变更的短名称：小写字母、数字、`-` 和 `.`"),
    ("name_zh", "中文名称"),
    ("name_en", "英文名称"),
    ("answers_for", "所对应的发卡机构；有几家写几次"),
    ("signing_keys", "签署索引以外各类文档的公钥，PEM 或 JWK；有几个写几次"),
    ("index_keys", "只签索引的公钥"),
    ("entry_out", "JSON 格式的条目；`-` 表示标准输出"),
    ("entries", "各签署方的条目，由 `onecode roots entry` 写出"),
    ("threshold", "下一版根密钥名录、发卡机构名单和应用项目清单各须几家签名"),
    ("due", "多少天后应有下一版"),
    ("roots_days", "多少天后若无新版，扫码设备一律拒绝"),
    ("content_out", "JSON 格式的内容；`-` 表示标准输出"),
    ("in_force", "现行的、签过的一版"),
    ("without", "去掉的签署方，用标识"),
    ("with", "新签署方的条目；标识相同的由它取代"),
    ("replace_key", "某签署方密钥的指纹，和取代它的公钥"),
    ("steps", "最初所信任的，以及此后的各版"),
    ("roots_file", "签过的根密钥名录，或其内容"),
    ("roots begin-anew world", "演练地区的文件夹：用到其中的 `roots.json`"),
    ("roots begin-anew state", "扫码设备的状态，即 `onecode scan` 保存的文件。不能有扫码设备正在使用它"),
    // withdraw, audit
    ("withdrawn_issuer", "密钥所属的发卡机构，例如 cn-31"),
    ("withdrawn", "停用的密钥，有几个写几次：指纹，或公钥文件；在演练地区也可写 `cards`、`status`"),
    ("notice_days", "多少天后失效；在此之前，发卡机构名单须去掉这些密钥"),
    ("holder_key", "签署方的私钥：PKCS#8 PEM 文件，或 PKCS#11 URI"),
    ("draft", "不签名：把 JSON 格式的内容写到这个文件"),
    ("notice_out", "签好的通知；`-` 表示标准输出"),
    ("withdraw world", "演练地区的文件夹，通知发布在其中"),
    ("published_folder", "含 roots/、trust-list/、catalogue/、withdrawal/、index.json 的文件夹"),
    ("audit_roots", "最初所信任的；不指定时用文件夹里的第一版"),
    // catalogue
    ("catalogue page file", "应用项目清单，已签名的或 JSON 格式的；`-` 表示标准输入"),
    ("trust_list", "发卡机构名单，已签名的或 JSON 格式的，由它给出发卡机构的名称"),
    ("catalogue page roots", "应当由其签名的根密钥名录：一版及其后各版、sha256:HASH，或单独一把公钥"),
    ("catalogue diff roots", "应当由其签名的根密钥名录：一版及其后各版、sha256:HASH，或单独一把公钥"),
    ("catalogue page out", "网页文件；不指定时写到标准输出"),
    ("before", "之前的一版，已签名的或 JSON 格式的"),
    ("after", "之后的一版，已签名的或 JSON 格式的"),
    ("catalogue diff json", "输出 JSON，含中英文"),
    // keygen, key
    ("alg", "算法：es256 为 P-256 上的 ECDSA 与 SHA-256，ed25519 为 Curve25519 上的 EdDSA，sm2 为 SM2 与 SM3"),
    ("keygen out", "新文件，只有所有者可读；不指定时写到标准输出"),
    ("keygen token", "在这个令牌里生成，私钥不出令牌：PKCS#11 URI，其中 object 为标签"),
    ("key file", "PKCS#8 PEM 文件，由本命令或 OpenSSL 生成；`-` 表示标准输入；或令牌里密钥的 PKCS#11 URI"),
    // explain
    ("explain text", "二维码的文本；`-` 表示标准输入的第一行"),
    ("export", "新文件夹，写入被签名的字节、签名、密钥，以及核验用的 OpenSSL 命令"),
    ("issuer_key", "发卡机构的公钥，PEM 或 JWK，一并导出"),
    // reason, completions
    ("number", "扫码设备显示的编号"),
    ("shell", "哪种 shell"),
];

/// The words around the examples, English and Chinese.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("Examples:", "示例："),
    ("Example:", "示例："),
    ("# the same files each time", "# 每次生成的文件都相同"),
    ("# then: cd audit; sh COMMANDS.txt", "# 然后：cd audit; sh COMMANDS.txt"),
    (
        "Lists that these roots have not signed are out of force then. Used codes are kept.",
        "此后，不是按这些根密钥名录签署的名单都不再有效。用过的码予以保留。",
    ),
    (
        "# practice: the next edition, until it counts",
        "# 演练：签署下一版，够数即发布",
    ),
    ("# practice: published at once", "# 演练：立即发布"),
    ("# for onecode sign withdrawal", "# 供 onecode sign withdrawal 签署"),
    (
        "The exit status is 0 when each edition follows the one before, 1 when one does not.",
        "退出状态：逐版相接为 0，有一版接不上为 1。",
    ),
    (
        "The exit status is 0 when nothing is wrong, 1 when something is.",
        "退出状态：没有错误为 0，有错误为 1。",
    ),
    (
        "With --signer and --prepare a credential waits for a signature that is made elsewhere; \
         --attach takes it.",
        "--signer 与 --prepare 同用时，卡凭证等待在别处作出的签名；--attach 附上签名。",
    ),
    (
        "lists/N.tbs is what is signed, and its signature is put into lists/N.sig.",
        "lists/N.tbs 是待签的内容，签名放入 lists/N.sig。",
    ),
    (
        " A key that signs elsewhere signs whole lists; one at hand signs deltas as well.",
        "在别处签名的密钥签署整份名单；在本机的密钥还签署增量名单。",
    ),
    (
        "A scanner with these roots judges all of it first: nothing else gets into the folder. The \
         exit status is 0 when all went well, 1 when something could not be fetched or was not \
         taken.",
        "取来的每个文件先由一台按这些根配置的扫码设备判断，判断通过的才放入文件夹。退出状态：\
         全部取齐为 0，有文件未取到或未装入为 1。",
    ),
    (
        "It has all editions of the roots, what the index names, and all that the indexes of the \
         status lists name. The stick may be pulled out at any time: what is on it is one \
         publication or the other. The exit status is 0 when all went well, 1 when something is \
         missing or was not taken.",
        "内容包括各版根密钥名录、索引载明的文档，以及卡状态名单索引载明的全部文件。U 盘可随时拔出：\
         上面的内容总是完整的一次发布。退出状态：全部取齐为 0，有文件缺少或未装入为 1。",
    ),
    (
        "Documents are published by `onecode sign` and `onecode withdraw`; a province's lists by \
         its service. An issuer whose service keeps its books is left out.",
        "文档由 `onecode sign` 和 `onecode withdraw` 发布；省级的名单由其服务发布。账册由服务保管的\
         发卡机构不在其内。",
    ),
    ("echo call somebody", "echo 请联系值班人员"),
    (
        "The exit status is 0 when ready, 1 when not: the lists, or the application that is named.",
        "退出状态：就绪为 0，未就绪为 1；看的是名单，指明了服务项目时看该项目。",
    ),
    (
        "A terminal or a serial line is set raw and put back at the end: every byte is data, and \
         Ctrl-C and Ctrl-D end nothing.",
        "终端或串口会设为原始模式，结束时恢复原样：每个字节都是数据，Ctrl-C 和 Ctrl-D 不会结束程序。",
    ),
    (
        "The exit status is 0 when it ran to the end of its input, whatever the verdicts; 2 when it \
         could not go on, or something is not on the disk at the end; 3 when the terminal or serial \
         line that it read has gone.",
        "退出状态：读到输入结束为 0，与判定无关；不能继续、或结束时有内容没有写入磁盘为 2；\
         所读的终端或串口断开为 3。",
    ),
    (
        "The exit status is 0 when the chain is whole, 1 when it is not.",
        "退出状态：链完整为 0，不完整为 1。",
    ),
    (
        "The exit status is 0 when nothing that should be counted is missing, 1 when something is.",
        "退出状态：应计入的没有缺失为 0，有缺失为 1。",
    ),
    (
        "The exit status is 0 when the gate judged rightly by what it held, 1 when it did not or the \
         file does not show it, 2 when the file is no evidence.",
        "退出状态：按闸机当时所有的名单，判定正确为 0；判定有误、或文件不能说明为 1；不是证据文件为 2。",
    ),
    (
        "The exit status is 0 when every text has its receipts and every verdict is the same, 1 \
         when not.",
        "退出状态：每个码都有回执且判定都相同为 0，否则为 1。",
    ),
];
