/*
 * The tools without a host. With any C compiler, in the plugin's folder:
 * cc -Isdk/include test/tools_test.c src/tools.c sdk/src/[a-z]*.c -o /tmp/tools_test && /tmp/tools_test
 */
#include <cicerone_test.h>

int main(void) {
    cicerone_test_host();
    cicerone_answered answer = cicerone_test_call("forecast", CICERONE_JSON({ "city": "Lisbon" }));
    CICERONE_SAME(answer.value, "{\"city\":\"Lisbon\",\"summary\":\"cloudy\",\"celsius\":16}");
    answer = cicerone_test_call("forecast", CICERONE_JSON({ "city": "" }));
    CICERONE_CHECK(cicerone_is(answer.error, "city.empty"));
    puts("all of it holds");
    return 0;
}
