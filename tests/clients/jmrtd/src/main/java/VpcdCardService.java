import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import net.sf.scuba.smartcards.CardService;
import net.sf.scuba.smartcards.CardServiceException;
import net.sf.scuba.smartcards.CommandAPDU;
import net.sf.scuba.smartcards.ResponseAPDU;

/** A reader without PC/SC: what vpcd does, for one card, which connects to it. Says its port on standard output. */
final class VpcdCardService extends CardService {
  private static final int ON = 1;
  private static final int ASK_ATR = 4;

  private Socket card;
  private DataInputStream in;
  private DataOutputStream out;

  @Override
  public void open() throws CardServiceException {
    try (ServerSocket reader = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      System.out.println("port " + reader.getLocalPort());
      card = reader.accept();
      in = new DataInputStream(card.getInputStream());
      // Length and message leave apart and with Nagle's algorithm, as old versions of vpcd send them.
      out = new DataOutputStream(card.getOutputStream());
      send(new byte[] {ON});
    } catch (IOException e) {
      throw new CardServiceException("No card came", e);
    }
  }

  @Override
  public boolean isOpen() {
    return card != null;
  }

  @Override
  public byte[] getATR() throws CardServiceException {
    return exchange(new byte[] {ASK_ATR});
  }

  @Override
  public ResponseAPDU transmit(CommandAPDU command) throws CardServiceException {
    return new ResponseAPDU(exchange(command.getBytes()));
  }

  private byte[] exchange(byte[] message) throws CardServiceException {
    try {
      send(message);
      return in.readNBytes(in.readUnsignedShort());
    } catch (IOException e) {
      throw new CardServiceException("The card is gone", e);
    }
  }

  private void send(byte[] message) throws IOException {
    out.writeShort(message.length);
    out.write(message);
  }

  @Override
  public void close() {
    try {
      card.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public boolean isConnectionLost(Exception e) {
    return e.getCause() instanceof IOException;
  }
}
