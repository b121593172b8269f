from django.test import SimpleTestCase


class AdminTests(SimpleTestCase):
    def test_that_it_asks_for_a_login(self):
        response = self.client.get("/admin/")
        self.assertEqual(response.status_code, 302)
