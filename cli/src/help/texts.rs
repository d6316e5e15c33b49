//! What each command and each argument is for, in Chinese. A table.

/// By the path of the command. A second paragraph is for `--help` alone.
pub(super) const ABOUT: &[(&str, &str)] = &[
    ("", "社保卡上的一个二维码，离线核验"),
    ("sandbox", "在新文件夹里建一个演练地区：签署方、发卡机构、名单、卡、手机、扫码设备"),
    ("show", "出示一张卡的码：终端里实时刷新，其他场合输出文本，也可写成图片文件"),
    ("scan", "离线判定：标准输入的每一行或每张图片，输出一行 JSON"),
    ("preflight", "班前检查：每份名单发布了多久，每个服务项目能正常受理到什么时候"),
    ("receipts", "检查闸机的受理回执，并据此重新核验"),
    ("receipts verify", "说明回执链是否完整，不完整时断在哪里"),
    (
        "receipts replay",
        "按受理回执重新核验：判定相同，各项数值齐全\n\n\
         标准输入是码的文本，每行一个，与 `onecode scan` 读入的相同。其中某个码的每份回执，\
         输出一行 JSON：判定和回执的编号；须用其他名单、或判定不同时，输出 `not_replayed` \
         和原因；没有回执的码，输出 `no_receipt`。",
    ),
    ("card", "卡的签发、挂失、解除挂失、注销、补换，以及发布卡状态名单"),
    ("card issue", "向演练地区的一部手机签发一张卡"),
    ("card suspend", "挂失：从下一份卡状态名单起，闸机不再受理"),
    ("card restore", "解除挂失：闸机恢复受理"),
    ("card revoke", "注销：永久停用"),
    ("card publish", "按账册签发并发布一家发卡机构的卡状态名单"),
    ("card replace", "补换：在同一部手机里换发新的卡凭证，注销旧的"),
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
        "roots",
        "代替 `roots.json` 的初始配置：签过的根密钥名录，写成 sha256:HASH 的哈希，\
         或单独一个公钥（PEM 或 JWK）",
    ),
    ("at", "假定现在是这个时间（RFC 3339 或 Unix 秒）"),
    ("show at", "假定现在是这个时间（RFC 3339 或 Unix 秒）。手机不会记住它"),
    ("scan at", "假定每一行都在这个时间（RFC 3339 或 Unix 秒）"),
    ("receipts verify at", "假定现在是这个时间（RFC 3339 或 Unix 秒）：哪些密钥已被撤销"),
    ("receipts replay at", "假定现在是这个时间（RFC 3339 或 Unix 秒）：哪些密钥已被撤销"),
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
    // scan
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
    ("pictures", "含码的图片，PNG 或 JPEG；没有图片时从标准输入读码的文本，每行一个"),
    // preflight
    ("preflight application", "只看这个服务项目（标识或编号），并以它是否就绪为退出状态"),
    ("preflight place", "只看这里受理的项目（GB/T 2260 代码）"),
    ("preflight without_status_lists", "按不装卡状态名单的扫码设备检查"),
    ("hours", "从现在起这么多小时内都能正常受理，才算就绪"),
    ("preflight state", "扫码设备的状态，即 `onecode scan` 保存的文件"),
    // receipts
    ("receipts verify scanner", "回执必须属于哪台扫码设备；不指定时以第一份为准"),
    ("receipts verify state", "扫码设备的状态：只有凭它才能知道最后几份回执是否齐全"),
    ("list", "把每份回执输出为一行 JSON"),
    ("from", "第一份回执的编号，用于更早的回执存放在别处时"),
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
        "The exit status is 0 when every text has its receipts and every verdict is the same, 1 \
         when not.",
        "退出状态：每个码都有回执且判定都相同为 0，否则为 1。",
    ),
];
