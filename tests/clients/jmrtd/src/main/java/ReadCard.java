import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.smartcardio.CardTerminal;
import javax.smartcardio.TerminalFactory;
import net.sf.scuba.smartcards.CardService;
import net.sf.scuba.smartcards.CardServiceException;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.engines.RSAEngine;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.ISO9796d2Signer;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.jmrtd.BACKey;
import org.jmrtd.BACKeySpec;
import org.jmrtd.PACEKeySpec;
import org.jmrtd.PassportService;
import org.jmrtd.lds.ActiveAuthenticationInfo;
import org.jmrtd.lds.CardAccessFile;
import org.jmrtd.lds.ChipAuthenticationInfo;
import org.jmrtd.lds.ChipAuthenticationPublicKeyInfo;
import org.jmrtd.lds.LDSFileUtil;
import org.jmrtd.lds.PACEInfo;
import org.jmrtd.lds.SODFile;
import org.jmrtd.lds.icao.COMFile;
import org.jmrtd.lds.icao.DG14File;
import org.jmrtd.lds.icao.DG15File;

/**
 * Reads a card with JMRTD and prints what it finds, a line each: a name, a space, a value.
 *
 * <p>Each argument is name=value. reader: the beginning of a PC/SC reader's name; without it a card comes by socket.
 * access: bac, pace-mrz or pace-can; number, birth, expiry and can open the card. csca: a certificate's file. sfi: whether
 * files are read by short identifier; block: octets a read; length: of an APDU.
 */
public final class ReadCard {
  private final Map<String, String> task;
  private final PassportService chip;
  private final Map<Short, byte[]> files = new HashMap<>();

  private ReadCard(Map<String, String> task) throws Exception {
    this.task = task;
    CardService card = task.containsKey("reader") ? CardService.getInstance(terminal()) : new VpcdCardService();
    boolean useShortIdentifiers = Boolean.parseBoolean(task.getOrDefault("sfi", "false"));
    chip = new PassportService(card, number("length", 256), number("block", 224), useShortIdentifiers, true);
  }

  public static void main(String[] arguments) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    Map<String, String> task =
        Arrays.stream(arguments).map(pair -> pair.split("=", 2)).collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    ReadCard reading = new ReadCard(task);
    try {
      reading.run();
    } catch (CardServiceException e) {
      say("refused", HexFormat.of().toHexDigits((short) e.getSW()) + " " + e.getMessage());
    } finally {
      reading.chip.close();
    }
  }

  private void run() throws Exception {
    chip.open();
    say("atr", HexFormat.of().formatHex(chip.getATR()));
    openCard();
    COMFile com = new COMFile(new ByteArrayInputStream(read(PassportService.EF_COM)));
    if (Arrays.stream(com.getTagList()).anyMatch(tag -> tag == 0x6E)) {
      authenticateChip(new DG14File(new ByteArrayInputStream(read(PassportService.EF_DG14))));
    }
    for (int tag : com.getTagList()) {
      read(LDSFileUtil.lookupFIDByTag(tag));
    }
    verify(new SODFile(new ByteArrayInputStream(read(PassportService.EF_SOD))));
    if (files.containsKey(PassportService.EF_DG15)) {
      askChip(new DG15File(new ByteArrayInputStream(files.get(PassportService.EF_DG15))).getPublicKey());
    }
    say("done", String.valueOf(files.size()));
  }

  private void openCard() throws Exception {
    BACKeySpec zone = new BACKey(task.get("number"), task.get("birth"), task.get("expiry"));
    String access = task.get("access");
    if (access.equals("bac")) {
      chip.sendSelectApplet(false);
      chip.doBAC(zone);
      say("access", "bac " + chip.getWrapper().getType());
      return;
    }
    CardAccessFile offered = new CardAccessFile(new ByteArrayInputStream(read(PassportService.EF_CARD_ACCESS)));
    PACEInfo info = (PACEInfo) offered.getSecurityInfos().stream().filter(PACEInfo.class::isInstance).findFirst().orElseThrow();
    PACEKeySpec key = access.equals("pace-can") ? PACEKeySpec.createCANKey(task.get("can")) : PACEKeySpec.createMRZKey(zone);
    chip.doPACE(key, info.getObjectIdentifier(), PACEInfo.toParameterSpec(info.getParameterId()), info.getParameterId());
    say("access", access + " " + info.getProtocolOIDString() + " " + PACEInfo.toStandardizedParamIdString(info.getParameterId()));
    chip.sendSelectApplet(true);
  }

  /** Afterwards messages are secured by keys that only the chip whose key is in DG14 can know. */
  private void authenticateChip(DG14File offered) throws Exception {
    if (task.getOrDefault("ca", "true").equals("false") || offered.getChipAuthenticationPublicKeyInfos().isEmpty()) {
      return;
    }
    ChipAuthenticationPublicKeyInfo key = offered.getChipAuthenticationPublicKeyInfos().get(0);
    ChipAuthenticationInfo info = offered.getChipAuthenticationInfos().get(0);
    chip.doEACCA(key.getKeyId(), info.getObjectIdentifier(), key.getObjectIdentifier(), key.getSubjectPublicKey());
    say("chip-authentication", info.getProtocolOIDString());
  }

  /** Passive authentication as far as JMRTD and Bouncy Castle take it: digests, signature, the signer's certificate. */
  private void verify(SODFile sod) throws Exception {
    SortedMap<Integer, byte[]> digests = new TreeMap<>(sod.getDataGroupHashes());
    for (Map.Entry<Integer, byte[]> listed : digests.entrySet()) {
      byte[] found = files.get(LDSFileUtil.lookupFIDByDataGroupNumber(listed.getKey()));
      if (!Arrays.equals(listed.getValue(), MessageDigest.getInstance(sod.getDigestAlgorithm()).digest(found))) {
        throw new IllegalStateException("DG" + listed.getKey() + " has another digest");
      }
    }
    Signature signature = Signature.getInstance(sod.getDigestEncryptionAlgorithm(), "BC");
    if (sod.getDigestEncryptionAlgorithmParams() != null) {
      signature.setParameter(sod.getDigestEncryptionAlgorithmParams());
    }
    signature.initVerify(sod.getDocSigningCertificate());
    signature.update(sod.getEContent());
    if (!signature.verify(sod.getEncryptedDigest())) {
      throw new IllegalStateException("the signature of EF.SOD does not hold");
    }
    try (InputStream anchor = new FileInputStream(task.get("csca"))) {
      X509Certificate csca = (X509Certificate) CertificateFactory.getInstance("X.509", "BC").generateCertificate(anchor);
      sod.getDocSigningCertificate().verify(csca.getPublicKey(), "BC");
    }
    say("passive-authentication", digests.keySet().stream().map(String::valueOf).collect(Collectors.joining(",")));
  }

  private void askChip(PublicKey key) throws Exception {
    byte[] challenge = new byte[8];
    new SecureRandom().nextBytes(challenge);
    byte[] response = chip.doAA(key, null, null, challenge).getResponse();
    if (response.length == 0) {
      say("active-authentication", "no answer");
      return;
    }
    if (key instanceof RSAPublicKey rsa) {
      // The signature of java.security expects another trailer than that of SHA-256 (ISO/IEC 9796-2, 8.1.3).
      ISO9796d2Signer recovery = new ISO9796d2Signer(new RSAEngine(), new SHA256Digest(), false);
      recovery.init(false, new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent()));
      recovery.updateWithRecoveredMessage(response);
      recovery.update(challenge, 0, challenge.length);
      say("active-authentication", recovery.verifySignature(response) ? "ISO9796-2 with SHA-256" : "does not hold");
      return;
    }
    String algorithm = activeAuthenticationAlgorithm();
    Signature signature = Signature.getInstance(algorithm, "BC");
    signature.initVerify(key);
    signature.update(challenge);
    say("active-authentication", signature.verify(response) ? algorithm : "does not hold");
  }

  /** What DG14 says about the chip's signature, as Bouncy Castle names it. */
  private String activeAuthenticationAlgorithm() throws Exception {
    DG14File offered = new DG14File(new ByteArrayInputStream(files.get(PassportService.EF_DG14)));
    String name = offered.getActiveAuthenticationInfos().get(0).getSignatureAlgorithmOID();
    return ActiveAuthenticationInfo.lookupMnemonicByOID(name).replace("with", "withPLAIN-");
  }

  private byte[] read(short file) throws Exception {
    if (!files.containsKey(file)) {
      try (InputStream stream = chip.getInputStream(file, number("block", 224))) {
        files.put(file, stream.readAllBytes());
      }
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(files.get(file));
      say("file", HexFormat.of().toHexDigits(file) + " " + HexFormat.of().formatHex(digest));
    }
    return files.get(file);
  }

  private CardTerminal terminal() throws Exception {
    CardTerminal found = TerminalFactory.getDefault().terminals().list().stream()
        .filter(terminal -> terminal.getName().startsWith(task.get("reader")))
        .findFirst()
        .orElseThrow();
    found.waitForCardPresent(10_000);
    return found;
  }

  private int number(String name, int otherwise) {
    return Integer.parseInt(task.getOrDefault(name, String.valueOf(otherwise)));
  }

  private static void say(String name, String value) {
    System.out.println(name + " " + value);
  }
}
