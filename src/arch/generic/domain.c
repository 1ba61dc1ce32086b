/* An architecture without fault domains and context switch.  Any context. */
#include <errno.h>
#include <sigpact.h>

int sigpact_domain_create(size_t stack_size, size_t guard_size,
			  struct sigpact_domain **domain)
{
	return domain ? -ENOSYS : -EFAULT;
}

int sigpact_domain_create_at(void *memory, size_t stack_size, size_t guard_size,
			     struct sigpact_domain **domain)
{
	return memory && domain ? -ENOSYS : -EFAULT;
}

int sigpact_domain_destroy(struct sigpact_domain *domain)
{
	return 0;
}

int sigpact_domain_call(struct sigpact_domain *domain,
			void (*function)(void *), void *argument,
			struct sigpact_fault *fault)
{
	return -ENOSYS;
}

int sigpact_domain_resume(struct sigpact_domain *domain,
			  struct sigpact_fault *fault)
{
	return -ENOSYS;
}

int sigpact_domain_end(struct sigpact_domain *domain)
{
	return domain ? -ENOENT : -EFAULT;
}

int sigpact_domain_mask_set(struct sigpact_domain *domain, const sigset_t *mask)
{
	return -EFAULT;
}

struct sigpact_domain *sigpact_domain_current(void)
{
	return NULL;
}

int sigpact_domain_park(void)
{
	return -EPERM;
}

int sigpact_domain_tick(void *ucontext)
{
	return 0;
}

int sigpact_domain_defer(struct sigpact_cleanup *cleanup)
{
	return -EPERM;
}

int sigpact_domain_undefer(struct sigpact_cleanup *cleanup)
{
	return -EPERM;
}

long sigpact_domain_high_water(const struct sigpact_domain *domain)
{
	return -EFAULT;
}

const char *sigpact_fault_name(int kind)
{
	return "no fault";
}

int sigpact_context_make(struct sigpact_context *context, void *stack,
			 size_t size, void (*function)(void *), void *argument)
{
	return -ENOSYS;
}

void sigpact_context_switch(struct sigpact_context *from,
			    const struct sigpact_context *to)
{
	/* there is no context to go on with */
}
