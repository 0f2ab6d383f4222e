/*
 * The matcher natively, on the SDK's host in memory: the distance against a plain table, folding, and whole calls.
 */
#include <cicerone_test.h>

#include "../src/score.h"

/* Optimal string alignment as the textbook has it. */
static size_t by_table(const folded *a, const folded *b) {
    static size_t table[LETTERS_MAX + 1][LETTERS_MAX + 1];
    for (size_t i = 0; i <= a->length; i++) {
        for (size_t j = 0; j <= b->length; j++) {
            if (!i || !j) {
                table[i][j] = i + j;
                continue;
            }
            size_t least = table[i - 1][j - 1] + (a->letters[i - 1] != b->letters[j - 1]);
            if (table[i - 1][j] + 1 < least) least = table[i - 1][j] + 1;
            if (table[i][j - 1] + 1 < least) least = table[i][j - 1] + 1;
            bool is_swap = i > 1 && j > 1 && a->letters[i - 1] == b->letters[j - 2] && a->letters[i - 2] == b->letters[j - 1];
            if (is_swap && table[i - 2][j - 2] + 1 < least) least = table[i - 2][j - 2] + 1;
            table[i][j] = least;
        }
    }
    return table[a->length][b->length];
}

/* Few letters, so that they meet often; one of them is not ASCII. */
static void make(folded *text, uint32_t *seed) {
    static const uint32_t letters[] = { 'a', 'b', 'c', 0x436 };
    *seed = *seed * 1664525 + 1013904223;
    text->length = 1 + (*seed >> 8) % 64;
    for (size_t i = 0; i < text->length; i++) {
        *seed = *seed * 1664525 + 1013904223;
        text->letters[i] = letters[*seed >> 30];
    }
    text->count = 0;
}

static void the_distance_is_that_of_the_textbook(void) {
    static folded a, b;
    static wanted wanted;
    uint32_t seed = 7;
    for (int round = 0; round < 5000; round++) {
        make(&a, &seed);
        make(&b, &seed);
        prepare(&a, &wanted);
        CICERONE_CHECK(distance(&wanted.whole, b.letters, b.length) == by_table(&a, &b));
    }
}

static void check_fold(const char *from, const char *to) {
    static folded text;
    char shown[LETTERS_MAX + 1] = { 0 };
    fold(from, strlen(from), &text);
    for (size_t i = 0; i < text.length; i++) shown[i] = text.letters[i] < 128 ? (char)text.letters[i] : '?';
    CICERONE_SAME(shown, to);
}

static void what_people_take_for_the_same_is_the_same(void) {
    check_fold("  Crème-Brûlée,  groß! ", "creme brulee gross");
    check_fold("\xC5\x81\xC3\xB3\x64\xC5\xBA e\xCC\x81t\xC3\xA9 \xC5\x92uf", "lodz ete oeuf");
    check_fold("it's (42)", "its 42");
    check_fold("\xFF\xC3", "");
    static folded a, b;
    fold("ΑΘΉΝΑ Ёлка", strlen("ΑΘΉΝΑ Ёлка"), &a);
    fold("αθηνα елка", strlen("αθηνα елка"), &b);
    CICERONE_CHECK(a.length == b.length && memcmp(a.letters, b.letters, a.length * sizeof *a.letters) == 0);
}

static void check(const char *text, const char *candidates, const char *expected) {
    cicerone_test_host();
    const char *args = cicerone_format("{\"text\":\"%s\",\"candidates\":[%s],\"limit\":2}", text, candidates);
    CICERONE_SAME(cicerone_test_call("best-matches", args).value, expected);
}

static void the_best_candidates_come_first(void) {
    const char *menu = "\"Margherita\",\"Quattro stagioni\",\"Cheese burger\",{\"id\":\"b2\",\"text\":\"Double cheese burger\"}";
    check("margarita", menu, "{\"sure\":true,\"matches\":[{\"text\":\"Margherita\",\"index\":0,\"score\":0.8}]}");
    check("stagoini quatro", menu, "{\"sure\":true,\"matches\":[{\"text\":\"Quattro stagioni\",\"index\":1,\"score\":0.841}]}");
    check("chese burgr", menu,
          "{\"sure\":true,\"matches\":[{\"text\":\"Cheese burger\",\"index\":2,\"score\":0.846},"
          "{\"text\":\"Double cheese burger\",\"id\":\"b2\",\"index\":3,\"score\":0.768}]}");
    check("sushi", menu, "{\"sure\":false,\"matches\":[]}");
    cicerone_test_host();
    CICERONE_CHECK(cicerone_is(cicerone_test_call("best-matches", "{\"text\":\"?!\",\"candidates\":[]}").error, "text.empty"));
}

int main(void) {
    the_distance_is_that_of_the_textbook();
    what_people_take_for_the_same_is_the_same();
    the_best_candidates_come_first();
    puts("all of it holds");
    return 0;
}
