package cn.onecode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The same jar from plain Java, as a terminal's software has it. */
class JavaTest {
    private static final long NOW = 1_795_392_000L;

    /** As in docs/INTEGRATION.md, section 3. */
    static String answer(OneCodeScanner scanner, String text, long nowUnixS) throws UsageException {
        Verdict verdict = scanner.scan(text, new ScanContext(101, 310000, nowUnixS, null));
        if (verdict instanceof Verdict.Accepted) {
            return "通过 " + ((Verdict.Accepted) verdict).getAcceptance().getIssuer().getName().getZh();
        }
        if (verdict instanceof Verdict.Refused) {
            Message message = ((Verdict.Refused) verdict).getMessage();
            return message.getNumber() + " " + message.getReason().getZh();
        }
        return ((Verdict.HandedOver) verdict).getKind().getName().getZh();
    }

    @Test
    void aGate() throws Exception {
        PublicKey root = OnecodeKt.generateKey(Algorithm.ED25519).getKey().publicKey();
        PublicKey read = PublicKey.Companion.fromJwk(root.toJwk());
        assertEquals(root, read);
        try (OneCodeScanner scanner = new OneCodeScanner(Roots.Companion.fromKey(read), new Policy(30, false, false))) {
            assertEquals("101 没有读到二维码内容。", answer(scanner, "", NOW));
            assertTrue(answer(scanner, "?", NOW).startsWith("103 "));
            try (OneCodeScanner next = OneCodeScanner.Companion.restore(scanner.snapshot(), new Policy(30, false, false))) {
                assertTrue(answer(next, "?", NOW).startsWith("103 "));
            }
            assertThrows(InstallException.Document.class, () -> scanner.installTrustList(new byte[0], NOW));
            assertThrows(UsageException.Region.class, () -> scanner.scan("", new ScanContext(101, 1, NOW, null)));
        }
    }

    /** A security module of an issuer, behind an interface with two methods. */
    @Test
    void anIssuer() throws Exception {
        GeneratedKey inside = OnecodeKt.generateKey(Algorithm.SM2);
        DeviceKey module = new DeviceKey() {
            @Override
            public PublicKey publicKey() throws SigningException {
                return inside.getKey().publicKey();
            }

            @Override
            public EncodedSignature sign(byte[] message) throws SigningException {
                return inside.getKey().sign(message);
            }
        };
        DeviceKey phone = OnecodeKt.generateKey(Algorithm.ESP256).getKey();
        CardClaims claims = new CardClaims(
            310000, 7, Arrays.asList(0, 1), 60, NOW + 86_400, null, false, false, phone.publicKey());
        CardCredential card = CardCredential.Companion.issue(claims, module);
        assertTrue(card.verify(module.publicKey()));
        DeviceKey locked = new DeviceKey() {
            @Override
            public PublicKey publicKey() throws SigningException {
                return module.publicKey();
            }

            @Override
            public EncodedSignature sign(byte[] message) throws SigningException {
                throw new SigningException.Locked();
            }
        };
        IssueException.Signing failed =
            assertThrows(IssueException.Signing.class, () -> CardCredential.Companion.issue(claims, locked));
        assertTrue(failed.getSigning() instanceof SigningException.Locked);
        assertArrayEquals(card.toBytes(), CardCredential.Companion.fromBytes(card.toBytes()).toBytes());
        Code code = new CodeSession(card, phone).code(NOW);
        assertEquals(NOW + 30, code.getSchedule().getRenewAtUnixS());
        assertEquals(CodeFrame.draw(code).getWidth(), CodeFrame.draw(code, Level.M).getWidth());
        assertTrue(OnecodeKt.explain(code.getText()) instanceof Explanation.Readable);
    }
}
