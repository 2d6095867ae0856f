import unittest

from models.training.schedules import (
    constant_margin,
    constant_rate,
    exponential_margin,
    linear_margin,
    warm_up_cosine,
    warm_up_exponential,
)


class Rates(unittest.TestCase):
    def test_rates_rise_to_the_peak_and_never_exceed_it(self):
        for rate in (warm_up_cosine, warm_up_exponential, constant_rate):
            self.assertAlmostEqual(rate(0, 2.0, 0.1), 0.02)
            self.assertAlmostEqual(rate(0.049, 2.0, 0.1), 1)
            self.assertAlmostEqual(rate(0.1, 2.0, 0.1), 2)
            self.assertLessEqual(max(rate(i / 10_000, 2.0, 0.1) for i in range(10_001)), 2)

    def test_falling_rates_match_values_computed_by_hand(self):
        self.assertAlmostEqual(warm_up_cosine(0.6, 1.0, 0.2, floor=0.1), 0.55)
        self.assertAlmostEqual(warm_up_exponential(0.6, 1.0, 0.2, floor=0.01), 0.1)
        self.assertEqual(constant_rate(0.6, 1.0, 0.2), 1)
        for rate in (warm_up_cosine, warm_up_exponential):
            self.assertAlmostEqual(rate(1, 1.0, 0.2), 0.01)

    def test_allows_no_warm_up_and_only_warm_up(self):
        for rate in (warm_up_cosine, warm_up_exponential, constant_rate):
            self.assertEqual((rate(0, 1.0, 0), rate(1, 1.0, 1)), (1, 1))


class Margins(unittest.TestCase):
    def test_a_linear_margin_matches_values_computed_by_hand(self):
        found = [linear_margin(d, 0.2, 0.25, 0.75) for d in (0, 0.25, 0.5, 0.75, 1)]
        self.assertEqual(found, [0, 0, 0.1, 0.2, 0.2])
        self.assertAlmostEqual(linear_margin(0.5, 0.5, 0.25, 0.75, first=0.2), 0.35)
        self.assertEqual([linear_margin(d, 0.2, 0.5, 0.5) for d in (0.49, 0.5)], [0, 0.2])

    def test_an_exponential_margin_rises_most_in_the_first_half(self):
        found = [exponential_margin(d, 0.2, 0.2, 0.6) for d in (0.2, 0.4, 0.6, 1)]
        self.assertEqual((found[0], found[3]), (0, 0.2))
        self.assertAlmostEqual(found[1], 0.2 * (1 - 0.001**0.5) / 0.999)
        self.assertAlmostEqual(found[2], 0.2)
        self.assertAlmostEqual(exponential_margin(1, 0.5, 0, 0.1, first=0.2), 0.5)

    def test_a_constant_margin_does_not_change(self):
        self.assertEqual({constant_margin(d / 10, 0.3) for d in range(11)}, {0.3})


if __name__ == "__main__":
    unittest.main()
