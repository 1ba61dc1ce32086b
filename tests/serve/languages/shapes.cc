// C++ with its library: containers, strings, constructors, virtual calls.
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

struct shape {
	virtual ~shape() = default;
	virtual int area() const = 0;
};

struct square : shape {
	explicit square(int side) : side(side) {}
	int area() const override { return side * side; }
	int side;
};

struct rectangle : shape {
	rectangle(int a, int b) : a(a), b(b) {}
	int area() const override { return a * b; }
	int a, b;
};

std::map<std::string, std::unique_ptr<shape>> shapes;

struct before_main {
	before_main() { shapes["square"] = std::make_unique<square>(3); }
} constructed;

} // namespace

int main(int argc, char **argv)
{
	shapes["rectangle"] = std::make_unique<rectangle>(4, 5);
	std::vector<std::string> words(argv + 1, argv + argc);
	for (const auto &[name, one] : shapes)
		words.push_back(name + "=" + std::to_string(one->area()));
	for (const auto &word : words)
		std::printf("%s;", word.c_str());
	return words.at(0) == "fail";
}
