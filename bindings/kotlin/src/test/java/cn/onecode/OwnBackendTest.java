package cn.onecode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A province's own backend in Java, in place of the service: docs/OWN-BACKEND.md explains it. */
class OwnBackendTest {
    private static final long NOW = 1_795_392_000L;
    private static final long DAY = 86_400;

    /** A position of the books. Yours are in a database, and each method below is a transaction. */
    private static final class Position {
        final CardOnRecord card;
        final String person;
        PublicKey key;
        Status status = Status.VALID;
        long lastExpiresUnixS;
        final List<Long> moves = new ArrayList<>();
        final Map<PublicKey, Long> movedAway = new HashMap<>();

        Position(CardOnRecord card, String person) {
            this.card = card;
            this.person = person;
        }

        PositionOnRecord onRecord(String signedIn) {
            CardId id = new CardId(card.getRegion(), card.getStatusIndex());
            return new PositionOnRecord(id, status, key, moves, person.equals(signedIn));
        }
    }

    private final class Backend {
        final List<Position> positions = new ArrayList<>();
        final Map<String, String> nameByChallenge = new HashMap<>();
        final Map<String, byte[]> answers = new HashMap<>();
        final Map<String, PublicKey> keyByName = new HashMap<>();
        final ChallengeKey challenges;
        final DeviceKey module;
        final SecureRandom random = new SecureRandom();
        final StatusIssuer lists = new StatusIssuer("cn-31", 100);

        Backend(DeviceKey module) throws Exception {
            this.module = module;
            this.challenges = new ChallengeKey(bytes(32));
        }

        byte[] bytes(int length) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            return bytes;
        }

        /** POST /nonce */
        byte[] challenge(HandedTo whom, long now) throws Exception {
            return challenges.challenge(whom, now, now + 600, bytes(12));
        }

        /** What every request needs: it is read, its challenge is ours and for this one, it is signed. */
        CardRequest verified(byte[] sent, HandedTo whom, byte[] attestation, long now) throws Exception {
            ReceivedCardRequest received = ReceivedCardRequest.Companion.fromBytes(sent);
            byte[] challenge = received.unverifiedClaims().getChallenge();
            CardRequest request = received.verify(challenges.open(challenge, whom), now, attestation);
            // One challenge, one request; the same request again gets the same answer.
            String known = nameByChallenge.putIfAbsent(Arrays.toString(challenge), request.name());
            if (known != null && !known.equals(request.name())) throw new IllegalStateException("905");
            keyByName.put(request.name(), request.claims().getKey());
            return request;
        }

        Position of(PublicKey key) {
            return positions.stream().filter(it -> it.key.equals(key)).findFirst().orElse(null);
        }

        /** POST /credential */
        byte[] apply(String person, byte[] sent, byte[] attestation, long now) throws Exception {
            CardRequest request = verified(sent, person(person), attestation, now);
            if (answers.containsKey(request.name())) return answers.get(request.name());
            PublicKey key = request.claims().getKey();
            Placement placement = OnecodeKt.placement(request, of(key) != null);
            if (placement == Placement.KEEPS) throw new IllegalStateException("910");
            if (placement == Placement.OWN_AND_REVOKE_OLD) {
                for (Position old : positions) if (old.person.equals(person)) revoke(old);
            }
            CardOnRecord card = new CardOnRecord(310000, positions.size(), Arrays.asList(0, 1, 6), 60, false, false);
            Position position = new Position(card, person);
            positions.add(position);
            return sign(position, request, now);
        }

        /** POST /renewal */
        byte[] renew(byte[] sent, long now) throws Exception {
            PublicKey key = ReceivedCardRequest.Companion.fromBytes(sent).unverifiedClaims().getKey();
            CardRequest request = verified(sent, key(key), null, now);
            Position position = of(key);
            OnecodeKt.checkRenewal(position.onRecord(position.person), key);
            return sign(position, request, now);
        }

        /** POST /move */
        byte[] move(String signedIn, byte[] sent, String consent, long now) throws Exception {
            CardRequest request = verified(sent, person(signedIn), null, now);
            List<PublicKey> ours = Collections.singletonList(module.publicKey());
            VerifiedMove move = VerifiedMove.Companion.verify(request, consent, ours, now);
            Position position = positions.get((int) move.card().getStatusIndex());
            if (move.admit(position.onRecord(signedIn), now) == MoveStep.MOVE) {
                position.moves.add(now);
                position.movedAway.put(position.key, now);
            }
            return sign(position, request, now);
        }

        /** POST /collect */
        byte[] collect(byte[] sent, long now) throws Exception {
            ReceivedCollectRequest collect = ReceivedCollectRequest.Companion.fromBytes(sent);
            collect.verify(keyByName.get(collect.requestName()), now);
            return answers.get(collect.requestName());
        }

        /** POST /cards/…/report-lost, for one phone. */
        LossEffect lost(Position position, PublicKey phone, long now) throws Exception {
            Long moved = position.key.equals(phone) ? null : position.movedAway.get(phone);
            LossEffect effect = OnecodeKt.lossEffect(now, moved);
            if (effect != LossEffect.NOTHING) revoke(position);
            return effect;
        }

        void revoke(Position position) throws Exception {
            position.status = Status.REVOKED;
            lists.revoke(position.card.getStatusIndex());
        }

        /** The signature comes from a security module, which answers when it likes. */
        private byte[] sign(Position position, CardRequest request, long now) throws Exception {
            PublicKey key = request.claims().getKey();
            CardClaims claims = OnecodeKt.claimsOfCard(position.card, key, now);
            PreparedCredential prepared = new PreparedCredential(claims, module.publicKey());
            EncodedSignature signature = module.sign(prepared.toBeSigned().getMessage());
            byte[] credential = prepared.attach(signature).toBytes();
            position.key = key;
            position.lastExpiresUnixS = claims.getExpiresUnixS();
            answers.put(request.name(), credential);
            return credential;
        }
    }

    private static HandedTo person(String subject) {
        return new HandedTo.Online(("p " + subject).getBytes(StandardCharsets.UTF_8));
    }

    private static HandedTo key(PublicKey key) {
        return new HandedTo.Online(("k " + key.thumbprint()).getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] request(DeviceKey key, byte[] challenge, byte[] attestation, Replaces replaces, long now)
        throws Exception {
        byte[] hash = attestation == null ? null : OnecodeKt.attestationHash(attestation);
        CardRequestClaims claims = new CardRequestClaims(now, key.publicKey(), challenge, hash, replaces);
        return CardRequest.Companion.make(claims, key).toBytes();
    }

    private static DeviceKey phone() throws Exception {
        return OnecodeKt.generateKey(Algorithm.ESP256).getKey();
    }

    private final World world = new World(60, "allow", null);

    private boolean passes(byte[] credential, DeviceKey key, long now) throws Exception {
        Code code = new CodeSession(CardCredential.Companion.fromBytes(credential), key).code(now);
        return world.scanner().scan(code.getText(), world.at(now)) instanceof Verdict.Accepted;
    }

    @Test
    void aCardIsIssuedRenewedMovedAndLost() throws Exception {
        Backend backend = new Backend(world.getIssuer());
        DeviceKey first = phone();
        byte[] attestation = "evidence".getBytes(StandardCharsets.UTF_8);
        byte[] asked = request(first, backend.challenge(person("zhang"), NOW), attestation, null, NOW);
        byte[] credential = backend.apply("zhang", asked, attestation, NOW + 5);
        assertTrue(passes(credential, first, NOW + 10));
        assertArrayEquals(credential, backend.apply("zhang", asked, attestation, NOW + 6), "the same answer");

        byte[] collect = CardRequest.Companion.fromBytes(asked).collect(NOW + 60, first);
        assertArrayEquals(credential, backend.collect(collect, NOW + 61));

        byte[] again = request(first, backend.challenge(key(first.publicKey()), NOW + 20), null, null, NOW + 20);
        byte[] renewed = backend.renew(again, NOW + 20);
        assertTrue(passes(renewed, first, NOW + 30));

        DeviceKey second = phone();
        Replaces move = new Replaces(Reason.MOVE, null);
        byte[] moving = request(second, backend.challenge(person("zhang"), NOW + 40), null, move, NOW + 40);
        CardCredential old = CardCredential.Companion.fromBytes(renewed);
        String shown = CardRequest.Companion.fromBytes(moving).text();
        MoveQuestion question = MoveQuestion.Companion.read(shown, old, NOW + 41);
        String consent = new CodeSession(old, first).consent(NOW + 42, question.agree()).getText();
        byte[] moved = backend.move("zhang", moving, consent, NOW + 45);
        assertTrue(passes(moved, second, NOW + 50));
        assertEquals(old.claims().getStatusIndex(), CardCredential.Companion.fromBytes(moved).claims().getStatusIndex());

        Position position = backend.positions.get(0);
        assertEquals(LossEffect.REVOKE_AND_PLACE_ANEW, backend.lost(position, first.publicKey(), NOW + 60));
        assertEquals(Status.REVOKED, backend.lists.status(0));
        long retires = position.lastExpiresUnixS + 2 * DAY;
        assertThrows(RetireException.TooEarly.class,
            () -> backend.lists.retire(0, position.lastExpiresUnixS, retires - 1));
        backend.lists.retire(0, position.lastExpiresUnixS, retires);
    }

    private static int number(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(RequestRefusal.Refused.class, call).getNumber();
    }

    @Test
    void whatIsNotInOrderIsRefused() throws Exception {
        Backend backend = new Backend(world.getIssuer());
        DeviceKey key = phone();
        byte[] challenge = backend.challenge(person("zhang"), NOW);
        byte[] asked = request(key, challenge, null, null, NOW);
        assertEquals(903, number(() -> backend.apply("li", asked, null, NOW)));
        assertEquals(904, number(() -> backend.apply("zhang", asked, null, NOW + 601)));
        assertEquals(901, number(() -> backend.apply("zhang", new byte[3], null, NOW)));
        byte[] forged = asked.clone();
        forged[forged.length - 1] ^= 1;
        assertEquals(902, number(() -> backend.apply("zhang", forged, null, NOW)));
        assertEquals(908, number(() -> backend.apply("zhang", asked, new byte[1], NOW)));
        backend.apply("zhang", asked, null, NOW);

        byte[] renewal = request(key, backend.challenge(key(key.publicKey()), NOW), null, null, NOW);
        backend.positions.get(0).status = Status.SUSPENDED;
        assertEquals(918, number(() -> backend.renew(renewal, NOW)));
        RequestMessage told = OnecodeKt.requestMessageOf(918);
        assertEquals("这张卡已挂失。", told.getReason().getZh());
    }
}
