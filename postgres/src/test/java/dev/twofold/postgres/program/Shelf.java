package dev.twofold.postgres.program;

/// A part of the document.
public record Shelf(int number) {
    @Override
    public String toString() {
        return "shelf as before";
    }
}
