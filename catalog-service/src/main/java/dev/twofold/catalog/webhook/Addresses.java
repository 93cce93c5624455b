package dev.twofold.catalog.webhook;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.function.Predicate;
import org.apache.hc.client5.http.DnsResolver;

/// Resolves the hosts of webhooks, and refuses those whose addresses are none of the public
/// internet: whoever may register a webhook shall not reach what only this machine can.
///
/// The connection is made to the very addresses that were looked at here, so that a name which
/// stands for another address the next moment gains nothing.
final class Addresses implements DnsResolver {
    private static final int BYTES_OF_IPV4 = 4;

    private final Names names;
    private final Predicate<InetAddress> allowed;

    /// What knows the addresses of names.
    interface Names {
        InetAddress[] of(String host) throws UnknownHostException;
    }

    Addresses(Names names, Predicate<InetAddress> allowed) {
        this.names = names;
        this.allowed = allowed;
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] addresses = names.of(host);
        for (InetAddress address : addresses) {
            if (!allowed.test(address)) {
                throw new UnknownHostException(
                        "%s is %s, which is no address of the public internet; an option allows it"
                                .formatted(host, address.getHostAddress()));
            }
        }
        return addresses;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    /// Whether an address is one of the public internet.
    static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        return switch (address) {
            case Inet4Address v4 -> isPublic(v4.getAddress());
            case Inet6Address v6 -> isPublicV6(v6.getAddress());
            default -> false;
        };
    }

    /// The special ranges of RFC 6890 that [InetAddress] knows nothing of.
    private static boolean isPublic(byte[] v4) {
        int a = v4[0] & 0xFF;
        int b = v4[1] & 0xFF;
        int c = v4[2] & 0xFF;
        return a != 0
                && a != 10
                && a != 127
                && !(a == 100 && b >= 64 && b < 128) // shared by carriers
                && !(a == 169 && b == 254)
                && !(a == 172 && b >= 16 && b < 32)
                && !(a == 192 && b == 0 && (c == 0 || c == 2))
                && !(a == 192 && b == 168)
                && !(a == 198 && (b == 18 || b == 19 || (b == 51 && c == 100)))
                && !(a == 203 && b == 0 && c == 113)
                && a < 224;
    }

    /// Global unicast alone; what holds an IPv4 address goes by that.
    private static boolean isPublicV6(byte[] v6) {
        int first = ((v6[0] & 0xFF) << 8) | (v6[1] & 0xFF);
        int second = ((v6[2] & 0xFF) << 8) | (v6[3] & 0xFF);
        if (first == 0x2002) { // 6to4
            return isPublic(Arrays.copyOfRange(v6, 2, 2 + BYTES_OF_IPV4));
        }
        if (first == 0x0064 && second == 0xFF9B) { // NAT64
            return isPublic(Arrays.copyOfRange(v6, v6.length - BYTES_OF_IPV4, v6.length));
        }
        return (first & 0xE000) == 0x2000
                && !(first == 0x2001 && second < 0x0200) // Teredo and other protocols
                && !(first == 0x2001 && second == 0x0DB8)
                && first != 0x3FFF;
    }
}
