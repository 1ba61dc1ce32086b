/* The least that a function can be. */
int main(void)
{
	return 0;
}
