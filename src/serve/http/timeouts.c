/* The wheel of time-outs.  A connection is always in it; each request only moves
   its deadline, and the timer is moved when that comes earlier: in the long run
   once for many requests.  I/O thread. */
#include "connection.h"

static unsigned slot_of(uint64_t at_ms)
{
	return at_ms / WHEEL_TICK_MS % WHEEL_SLOTS;
}

void sigpact__wheel_add(struct sigpact__wheel *wheel,
			struct sigpact__timer *timer, uint64_t at_ms)
{
	struct sigpact__timer **head;
	unsigned slot;

	/* A tick that is over would be looked at a whole turn later. */
	if (at_ms / WHEEL_TICK_MS < wheel->tick)
		at_ms = wheel->tick * WHEEL_TICK_MS;
	slot = slot_of(at_ms);
	head = wheel->slot + slot;
	timer->at_ms = at_ms;
	timer->next = *head;
	timer->back = head;
	if (*head)
		(*head)->back = &timer->next;
	*head = timer;
	wheel->used[slot / 64] |= 1ull << slot % 64;
}

void sigpact__wheel_remove(struct sigpact__wheel *wheel,
			   struct sigpact__timer *timer)
{
	unsigned slot = slot_of(timer->at_ms);

	*timer->back = timer->next;
	if (timer->next)
		timer->next->back = timer->back;
	timer->back = NULL;
	if (!wheel->slot[slot])
		wheel->used[slot / 64] &= ~(1ull << slot % 64);
}

/* Ticks from `from` to the next slot that is not empty. */
static unsigned distance(const struct sigpact__wheel *wheel, uint64_t from)
{
	unsigned slot = from % WHEEL_SLOTS, i = slot / 64, n;
	uint64_t word = wheel->used[i] & ~0ull << slot % 64;

	for (n = 0; !word && n < WHEEL_SLOTS / 64; n++) {
		i = (i + 1) % (WHEEL_SLOTS / 64);
		word = wheel->used[i];
	}
	if (!word)
		return WHEEL_SLOTS;
	return (i * 64 + (unsigned)__builtin_ctzll(word) + WHEEL_SLOTS - slot) %
	    WHEEL_SLOTS;
}

struct sigpact__timer *sigpact__wheel_due(struct sigpact__wheel *wheel,
					  uint64_t now_ms)
{
	uint64_t now = now_ms / WHEEL_TICK_MS, far;
	struct sigpact__timer *t;

	/* Those of the tick that is not over may be added to it still. */
	while (wheel->tick < now) {
		t = wheel->slot[wheel->tick % WHEEL_SLOTS];
		for (; t; t = t->next)
			if (t->at_ms / WHEEL_TICK_MS <= wheel->tick) {
				sigpact__wheel_remove(wheel, t);
				return t;
			}
		wheel->tick++;
		far = wheel->tick + distance(wheel, wheel->tick);
		wheel->tick = far < now ? far : now;
	}
	return NULL;
}

int sigpact__wheel_wait(const struct sigpact__wheel *wheel, uint64_t now_ms)
{
	unsigned ticks = distance(wheel, wheel->tick);
	uint64_t at_ms = (wheel->tick + ticks + 1) * WHEEL_TICK_MS;

	if (ticks == WHEEL_SLOTS)
		return -1;
	return at_ms > now_ms ? (int)(at_ms - now_ms) : 0;
}
