package dev.twofold.catalog.product;

import java.math.BigDecimal;
import java.text.NumberFormat;
import java.util.Currency;
import java.util.Locale;

/// An amount of money in a currency, written `220.00 INR`.
///
/// The amount is held with the currency's decimals, so that 220 and 220.00 rupees are equal. Which
/// amounts can be a price is for [ProductDecider] to say.
public record Money(BigDecimal amount, Currency currency) {
    private static final int MAX_ZEROS = 50;

    public Money {
        int decimals = decimals(currency);
        // an amount such as 1E+999999 stays as it is: written out it would fill the memory
        if (amount.scale() > -MAX_ZEROS && amount.stripTrailingZeros().scale() <= decimals) {
            amount = amount.setScale(decimals);
        }
    }

    /// Reads an amount and an ISO 4217 code with a space between, the form of product feeds.
    ///
    /// @throws IllegalArgumentException if the text has another form; the message says which is
    ///   meant
    public static Money parse(String text) {
        int space = text.indexOf(' ');
        if (space < 0) {
            throw new IllegalArgumentException(
                    "a price reads \"220.00 INR\", an amount and a currency, but was \""
                            + text
                            + "\"");
        }
        return of(text.substring(0, space), text.substring(space + 1).strip());
    }

    /// @param amount a decimal number with a point, such as `220.00`
    /// @param currency an ISO 4217 code, such as `INR`
    /// @throws IllegalArgumentException if one of them is none; the message says which
    public static Money of(String amount, String currency) {
        return new Money(amount(amount), currency(currency));
    }

    /// For display, as in the United States whatever the machine's locale: `₹220.00`.
    public String formatted() {
        NumberFormat format = NumberFormat.getCurrencyInstance(Locale.US);
        format.setCurrency(currency);
        format.setMinimumFractionDigits(decimals(currency));
        format.setMaximumFractionDigits(decimals(currency));
        return format.format(amount);
    }

    @Override
    public String toString() {
        return amount + " " + currency;
    }

    /// The decimals that amounts of a currency have: 2 for rupees, 0 for yen.
    static int decimals(Currency currency) {
        return Math.max(0, currency.getDefaultFractionDigits());
    }

    private static BigDecimal amount(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "the amount of a price is a number such as 220.00, but was \"" + text + "\"",
                    e);
        }
    }

    private static Currency currency(String code) {
        try {
            return Currency.getInstance(code);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the currency of a price is an ISO 4217 code such as INR, but was \""
                            + code
                            + "\"",
                    e);
        }
    }
}
